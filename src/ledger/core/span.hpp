// A span: neighbouring events of one account that are in the same state. Pure.
//
// Spans tile each account's numbers without a gap and are the only home of an event's state. A span
// in flight is one claim, with a bit for each of its events that has been delivered already.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// What the events of a span have in common. Equal neighbours merge.
struct span_state {
    event_state state = event_state::waiting;
    bool failed = false;                         ///< its events may have attempts on record
    doubt_policy policy = doubt_policy::resend;  ///< in flight
    std::string reason;
    std::int64_t at = 0;    ///< ms since 1970, rounded, so that neighbours merge
    std::int64_t due = 0;   ///< ms since 1970; deferred
    std::uint64_t run = 0;  ///< in flight: the start that claimed it

    friend bool operator==(span_state const&, span_state const&) = default;
};

/// Delivery times are rounded down to this, so that a slow account does not get a span for each
/// event.
inline constexpr std::int64_t delivered_grain_ms = 10'000;
span_state delivered_at(std::int64_t ms);

/// Final, or on its way to it. Only a person changes a final state.
bool is_final(event_state s) noexcept;

struct span_row {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    span_state is;
    std::vector<std::uint64_t>
        settled;  ///< in flight: bit i says that first + i is delivered; empty = none
    std::uint64_t settled_count = 0;  ///< bits set

    std::uint64_t size() const noexcept { return last - first + 1; }
    bool is_settled(std::uint64_t id) const noexcept {
        auto const bit = id - first;
        return !settled.empty() && ((settled[bit / 64] >> (bit % 64)) & 1U) != 0;
    }
    /// The state of one of its events.
    event_state state_of(std::uint64_t id) const noexcept {
        return is.state == event_state::in_flight && is_settled(id) ? event_state::delivered
                                                                    : is.state;
    }
};

}  // namespace setclick::ledger
