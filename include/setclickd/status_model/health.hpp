// Whether it is well: each thing that is the matter, with its cure, for containers, monitoring and mail alarms. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

/// What a stricter check also calls unwell. Unset: not looked at.
struct health_limits {
    bool are_parks_unwell = false;  ///< an account or the endpoint is parked, or cannot be reached
    bool are_open_questions_unwell = false;      ///< held events, a report that differs
    std::optional<milliseconds> oldest_waiting;  ///< an event waits for longer
    std::optional<milliseconds> token_ends;  ///< a token has less time left, and no login renews it
    std::optional<double> least_free;        ///< a smaller share of a disk is free
    std::optional<milliseconds>
        no_file;  ///< none was taken for longer; the first one ever is not missed
};

/// Why no file would be taken and no event delivered just now, for want of the machine; nothing where both go on. The far
/// end is no part of it: events wait for that without loss.
std::optional<std::string> unready(daemon_report const& daemon);

/// What is the matter.
struct health_finding {
    std::string key;   ///< the same for as long as the same thing is the matter
    std::string text;  ///< one line for a person
    std::string cure;  ///< empty where nothing is to be done
};

/// "TEXT; cure: CURE".
std::string line_of(health_finding const& finding);

/// Everything that is the matter, the worst first; nothing when it is well. While the daemon does not answer
/// nothing else is known.
std::vector<health_finding> findings_of(status_report const& report, health_limits const& limits);

/// The worst, as a line.
std::optional<std::string> unwell(status_report const& report, health_limits const& limits);

}  // namespace setclick::status_model
