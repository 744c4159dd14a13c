#include "reader_table.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr std::int64_t duplicates_a_page = 512;

std::string one_text(rows row) {
    return row.next() ? std::string(row.text(0)) : std::string();
}

}  // namespace

reader_table::reader_table(session& db)
    : accounts_(db),
      packs_(db),
      spans_(db, accounts_),
      scan_(db, accounts_, spans_),
      attempts_(db),
      lines_(db, "SELECT lines FROM pack WHERE first = $1"),
      file_name_(db, "SELECT name FROM file WHERE no = $1"),
      file_node_(db, "SELECT n.name FROM file f JOIN node n ON n.no = f.node WHERE f.no = $1"),
      account_id_(db, "SELECT id FROM account WHERE no = $1"),
      refused_(db,
               "SELECT line, \"offset\", length, reason FROM refused WHERE file = $1 AND line > $2 "
               "ORDER BY line LIMIT $3"),
      duplicates_(db,
                  "SELECT line, count, event FROM duplicate WHERE file = $1 AND line >= "
                  "coalesce((SELECT max(line) FROM duplicate WHERE file = $1 AND line <= $2), 0) "
                  "ORDER BY line LIMIT $3"),
      doubts_(db,
              "SELECT event, kind, in_doubt, at, reason FROM attempt WHERE event BETWEEN $1 AND $2 "
              "ORDER BY event, seq") {}

std::string reader_table::lines_of(std::uint64_t pack) {
    return one_text(lines_.read(pack));
}

std::string reader_table::file_name(file_no no) {
    return one_text(file_name_.read(no));
}

std::string reader_table::file_node(file_no no) {
    return one_text(file_node_.read(no));
}

std::string reader_table::account_id(account_no no) {
    return one_text(account_id_.read(no));
}

void reader_table::each_refused(file_no file, std::uint64_t after_line, std::uint32_t most,
                                std::function<bool(refused_line_view const&)> const& visit) {
    auto found = refused_.read(file, after_line, most);
    while (found.next() &&
           visit({found.number(0), found.number(1), found.number(2), found.text(3)}))
        ;
}

void reader_table::each_duplicate(
    file_no file, std::uint64_t from,
    std::function<bool(std::uint64_t, std::uint64_t, std::uint64_t)> const& visit) {
    for (auto next = from;;) {
        auto found = duplicates_.read(file, next, duplicates_a_page);
        auto const before = next;
        while (found.next()) {
            auto const last = found.number(0) + found.number(1) - 1;
            if (last < next) continue;  // ended before
            next = last + 1;
            if (!visit(found.number(0), found.number(1), found.number(2))) return;
        }
        if (found.count() < duplicates_a_page || next == before) return;
    }
}

void reader_table::each_attempt(std::uint64_t first, std::uint64_t last,
                                std::function<void(attempt_view const&)> const& visit) {
    auto found = doubts_.read(first, last);
    while (found.next())
        visit({found.number(0), static_cast<attempt_kind>(found.integer(1)), found.integer(2) != 0,
               found.integer(3), found.text(4)});
}

}  // namespace setclick::ledger::postgres
