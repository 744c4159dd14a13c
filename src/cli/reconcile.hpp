// `setclickd reconcile`: what was delivered against what the vendor recorded, and what that decides
// about events in doubt.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct reconcile_options {
    std::string config = {};
    std::string account = {};  ///< may be left out where one is configured
    std::string date_range = "last_7_days";
    bool json = false;
    bool resolve =
        false;  ///< held events that the counts decide; only as a dry run has shown it before
    bool dry_run = false;
};

/// 0 agrees (pending does not count), 3 differs, 69 unreachable, 75 the report changed too fast to
/// be judged.
int reconcile_command(reconcile_options const& options, console const& io);

}  // namespace setclick::cli
