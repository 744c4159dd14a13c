// The state of every event, as an interval map: spans tile each account's ids without a gap.
//
// A write-through cache over the table `span`. Within a transaction changes gather in memory;
// `flush` writes the net difference. Since spans tile, an id that no cached span covers has an
// unchanged row in the table: that is what makes the cache sound. After a transaction that failed
// call `forget`.
//
// A span in flight is one claim, with a bit for each id that has been delivered already, so that
// answers in any order cost a bit each and one row a claim. A claim never merges; when its last id
// is delivered it becomes an ordinary span.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

/// What the ids of a span have in common. Equal neighbours merge.
struct span_state {
    event_state state = event_state::waiting;
    bool failed = false;                         ///< its events may have rows in `attempt`
    doubt_policy policy = doubt_policy::resend;  ///< in flight
    std::string reason;
    std::int64_t at = 0;    ///< rounded, so that neighbours merge
    std::int64_t due = 0;   ///< deferred
    std::uint64_t run = 0;  ///< in flight: the start that claimed it

    friend bool operator==(span_state const&, span_state const&) = default;
};

/// Delivery times are rounded down to this, so that a slow account does not get a span for each
/// event.
inline constexpr std::int64_t delivered_grain_ms = 10'000;
span_state delivered_at(std::int64_t ms);

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
    /// The state of one of its ids.
    event_state state_of(std::uint64_t id) const noexcept {
        return is.state == event_state::in_flight && is_settled(id) ? event_state::delivered
                                                                    : is.state;
    }
};

inline constexpr char const* span_columns =
    "first, last, state, failed, policy, reason, at, due, run, settled";
/// A row selected with span_columns.
span_row span_from(statement::cursor const& row);

class span_map {
public:
    explicit span_map(connection& db);

    /// The span that holds the id. Throws `invalid_data` for an id that was never given out.
    span_row const& find(std::uint64_t id);

    /// New ids at the end of an account's; joins the last span when that one is equal.
    void append(std::uint64_t first, std::uint64_t last, span_state const& is);

    /// The one primitive: [first, last] goes from state `from` to `to`, and merges with equal
    /// neighbours on both sides. Throws, so that the transaction fails, when any part is not in
    /// `from` (a settled id of a claim is not). `now`: for what remains of a claim and turns out to
    /// be delivered.
    void carve(std::uint64_t first, std::uint64_t last, event_state from, span_state const& to,
               std::int64_t now);

    /// Marks an id in flight as delivered; `delivered` is what its claim becomes with its last id.
    void settle(std::uint64_t id, span_state const& delivered);

    void flush();
    void forget() noexcept;
    /// After a commit: keeps the cache bounded.
    void trim() noexcept;

private:
    struct entry {
        span_row row;
        bool stored = false;                              ///< the table has a row with this `first`
        event_state stored_state = event_state::waiting;  ///< what its index says
        std::int64_t stored_due = 0;
        bool erased = false;
        bool dirty = false;
    };
    using cache = std::map<std::uint64_t, entry>;

    cache::iterator cached(std::uint64_t id);
    cache::iterator load(std::uint64_t id);
    cache::iterator locate(std::uint64_t id);
    cache::iterator put(span_row row);
    void drop(cache::iterator it);
    void touch(cache::iterator it);
    void carve_within(cache::iterator it, std::uint64_t first, std::uint64_t last,
                      span_state const& to, std::int64_t now);
    void put_remainder(span_row const& old, std::uint64_t first, std::uint64_t last,
                       std::int64_t now);
    void join(std::uint64_t id);
    void write(entry& e);

    cache cache_;
    std::vector<std::uint64_t> dirty_;
    statement select_;
    statement insert_;
    statement update_;
    statement update_unindexed_;
    statement erase_;
};

}  // namespace setclick::ledger
