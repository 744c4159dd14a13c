// The last lines of the daemon's log over the control socket:
//
//     {"cmd":"log","after":N}     → {"lines":[{"no":N+1,"level":"info","text":…}, …]}, the newest
//                                   telemetry::most_recent_lines of them at most
//
// The numbers begin anew with each start of the daemon.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include "setclickd/telemetry/recent_lines.hpp"

namespace setclick::control {

boost::json::object log_request(std::uint64_t after);
/// For the daemon: `after` of its request.
std::uint64_t lines_wanted_after(boost::json::object const& request);

boost::json::object lines_message(std::span<telemetry::recent_line const> lines);
/// What has no number is left out.
std::vector<telemetry::recent_line> lines_from(boost::json::value const& answer);

}  // namespace setclick::control
