// Records, kept in packs: one row for up to 64 events of one account with consecutive ids out of
// one file. What is known of a pack's head is cached: of a row only records change, and those only go.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "pack.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// Which file a run of ids came from.
struct origin {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    file_no file{};
    std::int64_t imported_at = 0;
};

/// Where packs are kept: a store implements this over its table. Failures are thrown as `failure`, `io`
/// for a row that is not what was written.
class pack_rows {
public:
    struct row {
        origin from;
        std::string_view lines;  ///< `line_runs`; lasts for the visit
        std::string_view lengths;
        std::string_view body;
    };
    /// Returns false to end.
    using row_visit = std::function<bool(row const&)>;
    using head_visit = std::function<bool(origin const&, bool)>;

    virtual ~pack_rows() = default;

    virtual void insert(pack_draft const& draft, std::int64_t imported_at) = 0;
    /// Replaces the records.
    virtual void rewrite(origin const& of, std::string_view lines, pack_draft const& records) = 0;
    virtual void erase(std::uint64_t first) = 0;

    /// The pack with the greatest `first` that is not greater than the id.
    virtual std::optional<origin> at_or_before(std::uint64_t id) = 0;
    /// Each pack that holds one of these ids, in order, with its records.
    virtual void each(std::uint64_t first, std::uint64_t last, row_visit const& visit) = 0;
    /// The line of an event; nothing where its pack is gone.
    virtual std::optional<std::uint64_t> line_of(std::uint64_t id) = 0;

    // For pruning: packs whose `first` lies in [from, end), in order, at most so many.
    /// With whether its file is done (or not known any more).
    virtual void each_head(std::uint64_t from, std::uint64_t end, std::size_t most,
                           head_visit const& visit) = 0;
    /// With whether it has any record left.
    virtual void each_content(std::uint64_t from, std::uint64_t end, std::size_t most,
                              head_visit const& visit) = 0;
};

class pack_map {
public:
    /// `stored` outlives the map.
    explicit pack_map(pack_rows& stored) noexcept : stored_(&stored) {}

    void insert(pack_draft const& draft, std::int64_t imported_at) {
        stored_->insert(draft, imported_at);
    }
    void erase(std::uint64_t first) {
        stored_->erase(first);
        cache_.erase(first);
    }
    pack_rows& rows() noexcept { return *stored_; }

    /// The pack that holds the id; throws `not_found` for one that has been pruned.
    origin const& find(std::uint64_t id);

    /// Calls take(id, record) for each id in [first, last].
    template <class Take>
    void read(std::uint64_t first, std::uint64_t last, Take&& take) {
        auto id = first;
        stored_->each(first, last, [&](pack_rows::row const& pack) {
            if (pack.from.first > id || pack.from.last < id) return false;
            remember(pack.from);
            record_walk walk(pack.lengths, pack.body);
            walk.skip(id - pack.from.first);
            for (auto const end = std::min(last, pack.from.last); id <= end; ++id)
                take(id, walk.next());
            return id <= last;
        });
        if (id <= last) missing(id);
    }

    /// False for an id whose pack has been pruned.
    bool has(std::uint64_t id) { return look_up(id) != nullptr; }

    /// Whether its record is there; throws as `find` does.
    bool has_record(std::uint64_t id);

    /// Empties the records of those for which gone(id) holds; how many that were.
    template <class Gone>
    std::uint64_t drop_records(std::uint64_t first, Gone&& gone) {
        pack_draft left;
        origin of;
        std::string lines;
        std::uint64_t dropped = 0;
        stored_->each(first, first, [&](pack_rows::row const& pack) {
            of = pack.from;
            lines = pack.lines;
            record_walk walk(pack.lengths, pack.body);
            for (auto id = of.first; id <= of.last; ++id) {
                auto const record = walk.next();
                bool const drop = !record.empty() && gone(id);
                dropped += drop ? 1 : 0;
                left.add(0, drop ? std::string_view{} : record);
            }
            return false;
        });
        if (of.first != first) missing(first);
        if (dropped > 0) stored_->rewrite(of, lines, left);
        return dropped;
    }

    /// The line of an event; throws as `find` does.
    std::uint64_t line_of(std::uint64_t id);

    void forget() noexcept { cache_.clear(); }
    void trim() noexcept;

private:
    [[noreturn]] static void missing(std::uint64_t id);
    origin const* look_up(std::uint64_t id);
    origin const& remember(origin const& o);

    pack_rows* stored_;
    std::map<std::uint64_t, origin> cache_;  // by first id
};

}  // namespace setclick::ledger
