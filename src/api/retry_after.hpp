// The ways in which a server says "later": a number of seconds, a moment as a number (since 1970),
// or a date in one of HTTP's three forms (RFC 9110, 5.6.7) or in ISO 8601.
#pragma once

#include <optional>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::api {

/// No server is believed beyond this.
inline constexpr milliseconds longest_wait = std::chrono::hours{24 * 365};

/// Retry-After: seconds (a fraction is allowed), or a date; several of them behind each other: the
/// longest. In the past = 0; longer than longest_wait = longest_wait; else nothing.
std::optional<milliseconds> parse_retry_after(std::string_view text, wall_time now);

/// X-RateLimit-Reset: seconds from now, or seconds (or milliseconds) since 1970 where the number is
/// too large for that, or a date.
std::optional<milliseconds> parse_reset(std::string_view text, wall_time now);

}  // namespace setclick::api
