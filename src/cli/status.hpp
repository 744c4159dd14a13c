// `setclickd status`: what a person or a script needs to know now.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct status_options {
    std::string config = {};
    bool json = false;
    bool exit_code = false;     ///< 1 where something is not well
    bool watch = false;         ///< again and again, until Ctrl-C
    std::string interval = {};  ///< empty: 2 s
};

/// 0 while the daemon is down, too: then it prints that, and what the ledger knows. With `exit_code`
/// as `health --strict`: 1, and why on the error stream.
int status(status_options const& options, console const& io);

}  // namespace setclick::cli
