#include "pack_table.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace setclick::ledger::postgres {
namespace {

/// Packs of up to 64 KiB: a claim's worth of them at a time.
constexpr std::uint64_t ids_a_read = 1024;

}  // namespace

origin origin_of(rows const& row) noexcept {
    return {row.number(0), row.number(0) + row.number(1) - 1, static_cast<file_no>(row.number(2)),
            row.integer(3)};
}

pack_table::pack_table(session& db)
    : insert_(db,
              "INSERT INTO pack(first, count, file, imported_at, lines, lengths, body) "
              "VALUES($1, $2, $3, $4, $5, $6, $7)"),
      select_origin_(db,
                     "SELECT first, count, file, imported_at FROM pack WHERE first <= $1 ORDER BY "
                     "first DESC LIMIT 1"),
      select_records_(db,
                      "SELECT first, count, file, imported_at, lines, lengths, body FROM pack "
                      "WHERE first > $1 - 64 AND first <= $2 AND first + count > $1 ORDER BY "
                      "first"),
      select_lines_(db,
                    "SELECT first, count, file, imported_at, lines FROM pack WHERE first <= $1 "
                    "ORDER BY first DESC LIMIT 1"),
      rewrite_(db, "UPDATE pack SET lengths = $2, body = $3 WHERE first = $1"),
      erase_(db, "DELETE FROM pack WHERE first = $1"),
      select_heads_(db,
                    "SELECT first, count, file, imported_at, coalesce((SELECT is_done FROM file "
                    "WHERE no = file), true) FROM pack WHERE first >= $1 AND first < $2 ORDER BY "
                    "first LIMIT $3"),
      select_contents_(db,
                       "SELECT first, count, file, imported_at, lengths ~ '[1-9]' FROM pack WHERE "
                       "first >= $1 AND first < $2 ORDER BY first LIMIT $3") {}

void pack_table::insert(pack_draft const& draft, std::int64_t imported_at) {
    insert_.run(draft.first, draft.count, draft.file, imported_at,
                std::string_view(line_runs(draft.lines)), std::string_view(lengths_text(draft)),
                bytes{draft.body});
}

void pack_table::rewrite(origin const& of, std::string_view, pack_draft const& records) {
    rewrite_.run(of.first, std::string_view(lengths_text(records)), bytes{records.body});
}

std::optional<origin> pack_table::at_or_before(std::uint64_t id) {
    auto found = select_origin_.read(id);
    if (!found.next()) return std::nullopt;
    return origin_of(found);
}

void pack_table::each(std::uint64_t first, std::uint64_t last, row_visit const& visit) {
    for (auto from = first; from <= last;) {
        if (auto const* known = ahead(from)) {
            from = known->from.last + 1;
            if (!visit(*known)) return;
            continue;
        }
        auto const until = std::min(last, from + ids_a_read - 1);
        auto found = select_records_.read(from, until);
        while (found.next()) {
            row const pack{origin_of(found), found.text(4), found.text(5), found.text(6)};
            if (pack.from.first > from) return;
            from = pack.from.last + 1;
            if (!visit(pack)) return;
        }
        if (from <= until) return;
    }
}

pack_table::row const* pack_table::ahead(std::uint64_t id) const {
    auto const it = ahead_.upper_bound(id);
    if (it == ahead_.begin()) return nullptr;
    auto const& known = std::prev(it)->second;
    return known.from.last >= id ? &known : nullptr;
}

void pack_table::look_ahead(std::uint64_t first, std::uint64_t last) {
    for (auto from = first; from <= last; from += ids_a_read)
        select_records_.look_later(from, std::min(last, from + ids_a_read - 1));
}

void pack_table::keep_ahead(rows found) {
    while (found.next()) {
        row const pack{origin_of(found), found.text(4), found.text(5), found.text(6)};
        ahead_.insert_or_assign(pack.from.first, pack);
    }
    ahead_rows_.push_back(std::move(found));
}

std::optional<std::uint64_t> pack_table::line_of(std::uint64_t id) {
    auto found = select_lines_.read(id);
    if (!found.next() || id > origin_of(found).last) return std::nullopt;
    return line_at(found.text(4), id - found.number(0));
}

void pack_table::each_head(std::uint64_t from, std::uint64_t end, std::size_t most,
                           head_visit const& visit) {
    auto found = select_heads_.read(from, end, most);
    while (found.next())
        if (!visit(origin_of(found), found.integer(4) != 0)) return;
}

void pack_table::each_content(std::uint64_t from, std::uint64_t end, std::size_t most,
                              head_visit const& visit) {
    auto found = select_contents_.read(from, end, most);
    while (found.next())
        if (!visit(origin_of(found), found.integer(4) != 0)) return;
}

}  // namespace setclick::ledger::postgres
