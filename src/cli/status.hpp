// `setclickd status`: what a person or a script needs to know now.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct status_options {
    std::string config = {};
    bool json = false;
};

/// 0 while the daemon is down, too: then it prints that, and what the ledger knows.
int status(status_options const& options, console const& io);

}  // namespace setclick::cli
