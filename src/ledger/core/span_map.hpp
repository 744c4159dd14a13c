// The state of every event, as an interval map: spans tile each account's ids without a gap.
//
// A write-through cache over the rows of a store. Within a transaction changes gather in memory;
// `flush` writes the net difference. Since spans tile, an id that no cached span covers has an
// unchanged row in the table: that is what makes the cache sound. After a transaction that failed
// call `forget`.
//
// A span in flight is one claim, with a bit for each id that has been delivered already, so that
// answers in any order cost a bit each and one row a claim. A claim never merges; when its last id
// is delivered it becomes an ordinary span.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "span.hpp"

namespace setclick::ledger {

/// Where spans are kept: a store implements this over its table. Failures are thrown as `failure`.
class span_rows {
public:
    virtual ~span_rows() = default;

    /// The span with the greatest `first` that is not greater than `id`; none before the first.
    virtual std::optional<span_row> at_or_before(std::uint64_t id) = 0;
    virtual void insert(span_row const& row) = 0;
    /// Whether new events at an account's end wait without a row, and need no `insert`.
    virtual bool is_end_without_row() const { return false; }
    /// What the stored row says of what an index is over.
    struct key {
        event_state state = event_state::waiting;
        std::int64_t due = 0;
    };
    /// The row with this `first`. `was`: where state and due time are the same an index over them need
    /// not be written.
    virtual void update(span_row const& row, key const& was) = 0;
    virtual void erase(std::uint64_t first, event_state was) = 0;

    /// Returns false to end.
    using first_visit = std::function<bool(std::uint64_t first)>;
    /// The account's spans that wait, by number, at most so many. `waiting`: how many of its events do.
    virtual void each_waiting(account_no account, std::uint64_t waiting, std::uint64_t most,
                              first_visit const& visit) = 0;
    /// Those that are due until then, oldest due time first; those that are due after then.
    virtual void each_due(account_no account, std::int64_t until, std::uint64_t most,
                          first_visit const& visit) = 0;
    virtual void each_due_after(account_no account, std::int64_t until, std::uint64_t most,
                                first_visit const& visit) = 0;
    /// What a start other than this one has claimed: of this node, and of the accounts that are its own.
    virtual std::vector<span_row> claims_before(std::uint64_t run) = 0;

    struct due_range {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };
    /// When the account's deferred events are due; nothing where it has none.
    virtual std::optional<due_range> due_times(account_no account) = 0;
    /// The account's first event in this state.
    virtual std::optional<std::uint64_t> first_in(account_no account, event_state state) = 0;
};

class span_map {
public:
    /// `stored` outlives the map.
    explicit span_map(span_rows& stored) noexcept : stored_(&stored) {}

    /// The span that holds the id. Throws `invalid_data` for an id that was never given out.
    span_row const& find(std::uint64_t id);

    /// New ids at the end of an account's; joins the last span when that one is equal.
    void append(std::uint64_t first, std::uint64_t last, span_state const& is);

    /// Others have added events after this id: what is cached of the span that holds it is too short.
    /// Between transactions, or before anything is changed in one.
    void forget_end(std::uint64_t id) noexcept;

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
        bool stored = false;  ///< the table has a row with this `first`
        span_rows::key stored_key;
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

    span_rows* stored_;
    cache cache_;
    std::vector<std::uint64_t> dirty_;
};

}  // namespace setclick::ledger
