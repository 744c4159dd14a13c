// Walks over the events that a filter means, as runs out of one span and one pack, by number.
#pragma once

#include <functional>

#include "pack_table.hpp"
#include "setclickd/ledger/filter.hpp"
#include "span_table.hpp"

namespace setclick::ledger {

struct event_run {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    event_state state = event_state::waiting;
    span_state const* is =
        nullptr;  ///< of the span; a settled part of a claim has `state` delivered
    origin from;
};

/// Calls visit(run) until it returns false. Only numbers greater than `after`; pruned events are
/// not met. `in_doubt_ever` is the caller's to check, event by event.
void scan_events(connection& db, event_filter const& filter, std::uint64_t after,
                 std::function<bool(event_run const&)> const& visit);

}  // namespace setclick::ledger
