// What an event becomes when its attempt ends: by an answer, by the end of the daemon, or because
// nobody knows what was sent. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "setclickd/ledger/types.hpp"
#include "span.hpp"

namespace setclick::ledger {

/// Reasons on record for an attempt that the daemon's end cut short, or that nobody knows of.
inline constexpr std::string_view restart_reason = "restart";
inline constexpr std::string_view crash_reason = "crash";
inline constexpr std::string_view adopted_reason = "adopted";
/// Of an event that is held since it may have been received.
inline constexpr std::string_view in_doubt_reason = "in-doubt";

/// Due times are rounded up, the further away the coarser, so that neighbours merge. Milliseconds.
std::int64_t rounded_due(std::int64_t due, std::int64_t now) noexcept;

/// By its answer. `failed`: it has attempts on record. Not for `delivered`, which is a bit of its
/// claim; throws `failure` for a state in which no attempt can end.
span_state ended_by(settlement const& s, bool failed, std::int64_t now);

/// By the end of the daemon, without an answer. `crashes_in_a_row`: how many of its attempts,
/// this one included, ended in a fault of the daemon's own; 0 where this end was none.
span_state ended_by_restart(doubt_policy policy, std::uint32_t crashes_in_a_row, std::int64_t now);

/// What is not final in a ledger that is adopted: it may have been received since.
span_state after_adoption(event_state was, doubt_policy policy, std::int64_t now);

}  // namespace setclick::ledger
