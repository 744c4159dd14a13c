// `setclickd health`: 0 or 1, for containers and monitoring.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct health_options {
    std::string config = {};
    bool strict = false;
    std::string oldest = "1h";  ///< with strict: the longest time that an event may wait
};

/// 0 when the daemon answers and its disk has room, else 1 with the reason on standard output; 78 where the
/// configuration does not say where the daemon is. Changes nothing, needs three seconds at most.
int health(health_options const& options, console const& io);

}  // namespace setclick::cli
