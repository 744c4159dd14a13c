// The three forms in which HTTP writes a date (RFC 9110, 5.6.7), and mail's, which has a numeric
// zone. Pure; never asks a clock.
#pragma once

#include <optional>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::event {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (or with UTC or a numeric zone), "Sunday, 06-Nov-94 08:49:37
/// GMT" or "Sun Nov  6 08:49:37 1994". `now` decides the century of a year with two digits (at most
/// 50 years ahead). Nothing for anything else.
std::optional<wall_time> parse_http_date(std::string_view text, wall_time now);

}  // namespace setclick::event
