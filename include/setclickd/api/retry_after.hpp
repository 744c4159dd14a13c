// The two ways in which HTTP says "later": a number, or a date in one of three forms (RFC
// 9110, 5.6.7).
#pragma once

#include <optional>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::api {

/// No server is believed beyond this.
inline constexpr milliseconds longest_wait = std::chrono::hours{24 * 365};

/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994".
/// `now` decides the century of a year with two digits (at most 50 years ahead).
std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) noexcept;

/// Retry-After: whole seconds or an HTTP-date; in the past = 0; longer than longest_wait =
/// longest_wait; else nothing.
std::optional<milliseconds> parse_retry_after(std::string_view text, wall_time now) noexcept;

/// X-RateLimit-Reset: seconds from now, or seconds (or milliseconds) since 1970 where the number is
/// too large for that.
std::optional<milliseconds> parse_reset(std::string_view text, wall_time now) noexcept;

}  // namespace setclick::api
