// The two clocks, as types that do not mix: steady time for waiting, wall time for records.
//
// Only the outer layers ask a clock; everything that decides gets `now` as an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "setclickd/base/error.hpp"

namespace setclick {

using namespace std::chrono_literals;

/// For waiting: never jumps, means nothing after a restart.
using steady_time = std::chrono::steady_clock::time_point;
/// For records and for the ledger: UTC, milliseconds since 1970; may jump.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;
using milliseconds = std::chrono::milliseconds;
using seconds = std::chrono::seconds;

inline constexpr steady_time never = steady_time::max();

constexpr std::int64_t to_ms(wall_time t) noexcept {
    return t.time_since_epoch().count();
}
constexpr wall_time from_ms(std::int64_t ms) noexcept {
    return wall_time{milliseconds{ms}};
}

/// "250ms", "2s", "5m", "12h", "7d", also "1h30m". Units ms, s, m, h, d. Not negative.
result<milliseconds> parse_duration(std::string_view text);
/// For settings and messages: "250 ms", "2 s", "2 h 47 min", "7 d". The two largest units.
std::string duration_text(milliseconds d);
/// "2026-11-22T10:48:36Z" (milliseconds only when asked for).
std::string wall_text(wall_time t, bool with_ms = false);

}  // namespace setclick
