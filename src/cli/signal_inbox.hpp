// Signals as something to wait for beside others (signalfd), for a program that has to put a terminal
// back before it obeys.
//
// Promises: while it lives its signals are blocked in the thread that made it, and in those that this
// thread starts; then they are as before. Make it before any other thread.
#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

#include "setclickd/base/unique_fd.hpp"

namespace setclick::cli {

class signal_inbox {
public:
    explicit signal_inbox(std::initializer_list<int> signals);
    ~signal_inbox();
    signal_inbox(signal_inbox const&) = delete;
    signal_inbox& operator=(signal_inbox const&) = delete;

    /// Readable when a signal has come.
    int fd() const noexcept { return fd_.get(); }
    /// The next one that has come.
    std::optional<int> take();
    /// Does what it does by itself: ends the process, or stops it until it goes on.
    void obey(int number) const;

private:
    sigset_t all_{};
    sigset_t before_{};
    unique_fd fd_;
};

}  // namespace setclick::cli
