// Walks over the events that a filter means, as runs out of one span and one pack, by number. Pure; a
// store implements what it reads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "pack_map.hpp"
#include "setclickd/ledger/filter.hpp"
#include "span.hpp"

namespace setclick::ledger {

struct event_run {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    event_state state = event_state::waiting;
    span_state const* is =
        nullptr;  ///< of the span; a settled part of a claim has `state` delivered
    origin from;
};

/// The rows that a walk looks at, by number. A visit returns false to end.
class scan_rows {
public:
    using span_visit = std::function<bool(span_row const&)>;
    using pack_visit = std::function<bool(origin const&)>;

    virtual ~scan_rows() = default;

    /// Spans that hold one of these ids; `state` (not `delivered`): only those in it.
    virtual void each_span(std::uint64_t first, std::uint64_t last,
                           std::optional<event_state> state, span_visit const& visit) = 0;
    /// Packs that may hold one of these ids: those that begin less than `pack_events` before.
    virtual void each_pack(std::uint64_t first, std::uint64_t last, pack_visit const& visit) = 0;
    virtual void each_pack_of(file_no file, std::uint64_t first, std::uint64_t last,
                              pack_visit const& visit) = 0;
};

/// Calls visit(run) until it returns false. Only numbers greater than `after`; pruned events are
/// not met. `in_doubt_ever` is the caller's to check, event by event.
void scan_events(scan_rows& rows, event_filter const& filter, std::uint64_t after,
                 std::function<bool(event_run const&)> const& visit);

}  // namespace setclick::ledger
