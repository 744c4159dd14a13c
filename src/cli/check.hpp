// `setclickd check`: every finding of the configuration, and what it means in files and in time.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct check_options {
    std::string config = {};
    bool json = false;
    bool online = false;     ///< try the endpoint and each account there
    bool is_second = false;  ///< what it means in files and time was just printed
};

/// 0, or 78 when the daemon would not start with it; with `online` the code of
/// `exit_code_of(online_view)`. Changes nothing.
int check(check_options const& options, console const& io);

}  // namespace setclick::cli
