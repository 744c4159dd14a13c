// `setclickd health`: 0 or 1 and what is the matter, for containers, monitoring and mail.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct health_options {
    std::string config = {};
    bool strict = false;
    std::string oldest = "1h";    ///< with strict: the longest time that an event may wait
    std::string no_file = {};     ///< how long none may come; empty: not looked at
    std::string remember = {};    ///< the file with what was reported; empty: nothing is remembered
    std::string patience = "0s";  ///< with remember: what lasts for a shorter time is not reported
    std::string again =
        "1d";  ///< with remember: what lasts is reported again after this; 0s: never
};

/// A line for each thing that is the matter, with its cure, and 1; 0 when it is well, or where what is the matter was
/// reported before; 74 where that cannot be remembered; 78 where the configuration does not say where the daemon is.
/// Changes nothing but the file to remember by, needs three seconds at most.
int health(health_options const& options, console const& io);

}  // namespace setclick::cli
