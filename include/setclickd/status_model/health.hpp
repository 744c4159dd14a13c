// Whether it is well, in one word and a sentence: for containers, monitoring and mail alarms. Pure.
#pragma once

#include <optional>
#include <string>

#include "setclickd/base/time.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

/// What a stricter check also calls unwell. Unset: not looked at.
struct health_limits {
    bool are_parks_unwell =
        false;  ///< an account, or the endpoint, is parked; an endpoint that cannot be reached
    std::optional<milliseconds> oldest_waiting;  ///< an event waits for longer
};

/// Why no file would be taken and no event delivered just now, for want of the machine; nothing where both go on. The far
/// end is no part of it: events wait for that without loss.
std::optional<std::string> unready(daemon_report const& daemon);

/// What is wrong, the worst first, for a person; nothing when it is well.
std::optional<std::string> unwell(status_report const& report, health_limits const& limits);

}  // namespace setclick::status_model
