// Which due times that are kept as wall clock are believed.
#pragma once

#include <algorithm>

#include "setclickd/base/time.hpp"

namespace setclick {

/// The longest time that anything is put off, and the longest that is believed.
inline constexpr milliseconds longest_backoff = std::chrono::hours{24};

/// A due time later than this was written by a clock that has been set back since: it counts as
/// due. `longest`: what the account's settings put off at most; due times are rounded up.
constexpr wall_time latest_due(wall_time now, milliseconds longest) noexcept {
    constexpr milliseconds coarsest_grain{10'000};
    return now + std::min(longest, longest_backoff) + coarsest_grain;
}

}  // namespace setclick
