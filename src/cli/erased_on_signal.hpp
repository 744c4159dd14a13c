// A file that is not complete yet, while a person may still think better of it.
#pragma once

#include <array>
#include <csignal>
#include <string>

namespace setclick::cli {

/// Promises: while it lives, SIGINT, SIGTERM and SIGHUP remove the file before they end the process
/// as they would have. One at a time: a signal has no other way to know which.
class erased_on_signal {
public:
    explicit erased_on_signal(std::string path);
    erased_on_signal(erased_on_signal const&) = delete;
    erased_on_signal& operator=(erased_on_signal const&) = delete;
    ~erased_on_signal();

private:
    std::string path_;  ///< what the signal's handler reads lives as long as its handler is there
    std::array<struct sigaction, 3> before_;
};

}  // namespace setclick::cli
