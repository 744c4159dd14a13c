// Records, kept in packs: one row for up to 64 events of one account with consecutive ids out of
// one file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "../core/pack.hpp"
#include "setclickd/ledger/types.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

/// Which file a run of ids came from.
struct origin {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    file_no file{};
    std::int64_t imported_at = 0;
};

inline constexpr char const* pack_columns =
    "first, count, file, imported_at, lines, lengths, body, sum";

/// Of a row of pack_columns; one that an earlier version wrote is believed.
bool is_as_written(statement::cursor const& rows);

/// A slice of the packs after `after` that an earlier version wrote get their checksums, in a
/// transaction; `after` is where to go on. False where none is left.
bool add_missing_sums(connection& db, std::uint64_t& after);

class pack_table {
public:
    explicit pack_table(connection& db);

    void insert(pack_draft const& draft, std::int64_t imported_at);

    /// The pack that holds the id; throws `not_found` for one that has been pruned.
    origin const& find(std::uint64_t id);

    /// Calls take(id, record) for each id in [first, last].
    template <class Take>
    void read(std::uint64_t first, std::uint64_t last, Take&& take) {
        for (auto id = first; id <= last;) {
            auto rows = select_records_.rows(id);
            if (!rows.next() || id >= rows.number(0) + rows.number(1)) missing(id);
            verify(rows);
            auto const pack_first = rows.number(0);
            auto const pack_last = pack_first + rows.number(1) - 1;
            remember(
                {pack_first, pack_last, static_cast<file_no>(rows.number(2)), rows.integer(3)});
            record_walk walk(rows.text(5), rows.text(6));
            walk.skip(id - pack_first);
            for (auto const end = std::min(last, pack_last); id <= end; ++id)
                take(id, walk.next());
        }
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
        {
            auto rows = select_records_.rows(first);
            if (!rows.next() || rows.number(0) != first) missing(first);
            verify(rows);
            of = {first, first + rows.number(1) - 1, static_cast<file_no>(rows.number(2)),
                  rows.integer(3)};
            lines = rows.text(4);
            record_walk walk(rows.text(5), rows.text(6));
            for (auto id = first; id < first + rows.number(1); ++id) {
                auto const record = walk.next();
                bool const drop = !record.empty() && gone(id);
                dropped += drop ? 1 : 0;
                left.add(0, drop ? std::string_view{} : record);
            }
        }
        if (dropped > 0) rewrite(of, lines, left);
        return dropped;
    }

    /// The line of an event.
    std::uint64_t line_of(std::uint64_t id);

    void forget() noexcept { cache_.clear(); }
    void trim() noexcept;

private:
    [[noreturn]] static void missing(std::uint64_t id);
    /// Throws `failure` (`io`) for a row of pack_columns that is not what was written.
    void verify(statement::cursor const& rows) const;
    origin const* look_up(std::uint64_t id);
    origin const& remember(origin const& o);
    void rewrite(origin const& o, std::string_view lines, pack_draft const& records);

    std::map<std::uint64_t, origin>
        cache_;  // by first id; of a row of `pack` only records change, and those only go
    connection& db_;
    statement insert_;
    statement select_origin_;
    statement select_records_;
    statement select_lines_;
    statement rewrite_;
};

}  // namespace setclick::ledger
