#include "pack_table.hpp"

#include <algorithm>

namespace setclick::ledger {
namespace {

constexpr std::size_t cache_limit = 4096;

}  // namespace

pack_table::pack_table(connection& db)
    : insert_(db,
              "INSERT INTO pack(first, count, file, imported_at, lines, lengths, body) "
              "VALUES(?, ?, ?, ?, ?, ?, ?)"),
      select_origin_(db,
                     "SELECT first, count, file, imported_at FROM pack WHERE first <= ? "
                     "ORDER BY first DESC LIMIT 1"),
      select_records_(db,
                      "SELECT first, count, file, imported_at, lengths, body FROM pack "
                      "WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      select_lines_(
          db, "SELECT first, count, lines FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      rewrite_(db, "UPDATE pack SET lengths = ?2, body = ?3 WHERE first = ?1") {}

void pack_table::missing(std::uint64_t id) {
    throw failure(fail(errc::not_found, "the record of event " + std::to_string(id) +
                                            " is no longer in the ledger"));
}

void pack_table::insert(pack_draft const& draft, std::int64_t imported_at) {
    auto const lengths = lengths_text(draft);
    auto const lines = line_runs(draft.lines);
    insert_.run(draft.first, draft.count, draft.file, imported_at, std::string_view(lines),
                std::string_view(lengths), std::string_view(draft.body));
}

void pack_table::rewrite(std::uint64_t first, pack_draft const& records) {
    auto const lengths = lengths_text(records);
    rewrite_.run(first, std::string_view(lengths), std::string_view(records.body));
}

bool pack_table::has_record(std::uint64_t id) {
    bool has = false;
    read(id, id, [&](std::uint64_t, std::string_view record) { has = !record.empty(); });
    return has;
}

origin const& pack_table::remember(origin const& o) {
    return cache_.insert_or_assign(o.first, o).first->second;
}

origin const* pack_table::look_up(std::uint64_t id) {
    auto const it = cache_.upper_bound(id);
    if (it != cache_.begin())
        if (auto const& known = std::prev(it)->second; known.last >= id) return &known;
    auto rows = select_origin_.rows(id);
    if (!rows.next() || id >= rows.number(0) + rows.number(1)) return nullptr;
    return &remember({rows.number(0), rows.number(0) + rows.number(1) - 1,
                      static_cast<file_no>(rows.number(2)), rows.integer(3)});
}

origin const& pack_table::find(std::uint64_t id) {
    auto const* found = look_up(id);
    if (found == nullptr) missing(id);
    return *found;
}

std::uint64_t pack_table::line_of(std::uint64_t id) {
    auto rows = select_lines_.rows(id);
    if (!rows.next() || id >= rows.number(0) + rows.number(1)) missing(id);
    return line_at(rows.text(2), id - rows.number(0));
}

void pack_table::trim() noexcept {
    if (cache_.size() > cache_limit) cache_.clear();
}

}  // namespace setclick::ledger
