#include "pack_table.hpp"

#include <string>
#include <utility>
#include <vector>

#include "../core/former_checksum.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

/// Over all of the row. Its body lies in pages that show nothing by themselves when a sector of them
/// is zeros.
std::uint64_t sum_of(origin const& o, std::string_view lines, std::string_view lengths,
                     std::string_view body, checksum_kind kind = checksum) noexcept {
    auto sum = kind(lines, o.first);
    sum = kind(lengths, sum ^ o.last);
    sum = kind(body, sum ^ static_cast<std::uint64_t>(o.file));
    return sum ^ static_cast<std::uint64_t>(o.imported_at);
}

origin origin_of(statement::cursor const& rows) noexcept {
    return {rows.number(0), rows.number(0) + rows.number(1) - 1,
            static_cast<file_no>(rows.number(2)), rows.integer(3)};
}

std::uint64_t sum_of(statement::cursor const& rows, checksum_kind kind = checksum) noexcept {
    return sum_of(origin_of(rows), rows.text(4), rows.text(5), rows.text(6), kind);
}

}  // namespace

bool is_as_written(statement::cursor const& rows) {
    return rows.is_null(7) ||
           is_sum(rows.number(7), [&](checksum_kind kind) { return sum_of(rows, kind); });
}

bool add_missing_sums(connection& db, std::uint64_t& after) {
    constexpr int packs_a_slice = 1000;
    transaction change(db);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> missing;
    {
        statement select(db,
                         std::string("SELECT ") + pack_columns +
                             " FROM pack WHERE first > ? AND sum IS NULL ORDER BY first LIMIT ?");
        for (auto rows = select.rows(after, packs_a_slice); rows.next();)
            missing.emplace_back(rows.number(0), sum_of(rows));
    }
    if (missing.empty()) return false;
    statement set(db, "UPDATE pack SET sum = ? WHERE first = ?");
    for (auto const& [first, sum] : missing)
        set.run(sum, first);
    change.commit("ledger.create");
    after = missing.back().first;
    return true;
}

void pack_table::verify(statement::cursor const& rows) const {
    if (is_as_written(rows)) return;
    throw failure(fail(errc::io, "the ledger " + printable(db_.path(), 4096) +
                                     " is damaged: the records from event " +
                                     std::to_string(rows.number(0)) +
                                     " on are not what was written (their checksum says so); it "
                                     "has been left as it is. Keep a copy, run `setclickd ledger "
                                     "check`, and restore a backup"));
}

pack_table::pack_table(connection& db)
    : db_(db),
      insert_(db,
              "INSERT INTO pack(first, count, file, imported_at, lines, lengths, body, sum) "
              "VALUES(?, ?, ?, ?, ?, ?, ?, ?)"),
      select_origin_(db,
                     "SELECT first, count, file, imported_at FROM pack WHERE first <= ? "
                     "ORDER BY first DESC LIMIT 1"),
      select_records_(db, std::string("SELECT ") + pack_columns +
                              " FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      select_lines_(
          db, "SELECT first, count, lines FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      rewrite_(db, "UPDATE pack SET lengths = ?2, body = ?3, sum = ?4 WHERE first = ?1"),
      erase_(db, "DELETE FROM pack WHERE first = ?"),
      select_heads_(db,
                    "SELECT first, count, file, imported_at, ifnull((SELECT state FROM file WHERE "
                    "no = file), 3) FROM pack WHERE first >= ? AND first < ? ORDER BY first "
                    "LIMIT ?"),
      select_contents_(db,
                       "SELECT first, count, file, imported_at, lengths GLOB '*[1-9]*' FROM pack "
                       "WHERE first >= ? AND first < ? ORDER BY first LIMIT ?") {}

void pack_table::insert(pack_draft const& draft, std::int64_t imported_at) {
    auto const lengths = lengths_text(draft);
    auto const lines = line_runs(draft.lines);
    insert_.run(draft.first, draft.count, draft.file, imported_at, std::string_view(lines),
                std::string_view(lengths), std::string_view(draft.body),
                sum_of({draft.first, draft.first + draft.count - 1, draft.file, imported_at}, lines,
                       lengths, draft.body));
}

void pack_table::rewrite(origin const& o, std::string_view lines, pack_draft const& records) {
    auto const lengths = lengths_text(records);
    rewrite_.run(o.first, std::string_view(lengths), std::string_view(records.body),
                 sum_of(o, lines, lengths, records.body));
}

std::optional<origin> pack_table::at_or_before(std::uint64_t id) {
    auto rows = select_origin_.rows(id);
    if (!rows.next()) return std::nullopt;
    return origin_of(rows);
}

void pack_table::each(std::uint64_t first, std::uint64_t last, row_visit const& visit) {
    for (auto id = first; id <= last;) {
        auto rows = select_records_.rows(id);
        if (!rows.next()) return;
        auto const from = origin_of(rows);
        if (id > from.last) return;
        verify(rows);
        if (!visit({from, rows.text(4), rows.text(5), rows.text(6)})) return;
        id = from.last + 1;
    }
}

std::optional<std::uint64_t> pack_table::line_of(std::uint64_t id) {
    auto rows = select_lines_.rows(id);
    if (!rows.next() || id >= rows.number(0) + rows.number(1)) return std::nullopt;
    return line_at(rows.text(2), id - rows.number(0));
}

void pack_table::each_head(std::uint64_t from, std::uint64_t end, std::size_t most,
                           head_visit const& visit) {
    auto rows = select_heads_.rows(from, end, most);
    while (rows.next())
        if (!visit(origin_of(rows), rows.integer(4) == static_cast<int>(file_state::done))) return;
}

void pack_table::each_content(std::uint64_t from, std::uint64_t end, std::size_t most,
                              head_visit const& visit) {
    auto rows = select_contents_.rows(from, end, most);
    while (rows.next())
        if (!visit(origin_of(rows), rows.integer(4) != 0)) return;
}

}  // namespace setclick::ledger
