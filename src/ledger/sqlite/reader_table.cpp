#include "reader_table.hpp"

namespace setclick::ledger {

reader_table::reader_table(connection& db)
    : db_(db),
      scan_(db),
      attempts_(db,
                "SELECT kind, n, at, state, counted, in_doubt, status, phase, reason, excerpt "
                "FROM attempt WHERE event = ? ORDER BY seq"),
      lines_(db, "SELECT lines FROM pack WHERE first = ?"),
      file_name_(db, "SELECT name FROM file WHERE no = ?"),
      account_id_(db, "SELECT id FROM account WHERE no = ?"),
      // Along the primary key: to have SQLite group the reasons of a file takes memory for each of
      // its lines.
      refused_(db,
               "SELECT line, offset, length, reason FROM refused WHERE file = ? AND line > ? "
               "ORDER BY line LIMIT ?"),
      duplicates_(db,
                  "SELECT line, count, event FROM duplicate WHERE file = ?1 AND line >= "
                  "ifnull((SELECT max(line) FROM duplicate WHERE file = ?1 AND line <= ?2), 0) "
                  "ORDER BY line"),
      doubts_(db,
              "SELECT event, kind, in_doubt, at, reason FROM attempt WHERE event BETWEEN ? AND ? "
              "ORDER BY event, seq") {}

std::vector<attempt_receipt> reader_table::attempts(std::uint64_t event) {
    std::vector<attempt_receipt> out;
    auto rows = attempts_.rows(event);
    while (rows.next()) {
        attempt_receipt a;
        a.kind = static_cast<attempt_kind>(rows.integer(0));
        a.n = static_cast<std::uint32_t>(rows.integer(1));
        a.at = from_ms(rows.integer(2));
        a.state = static_cast<event_state>(rows.integer(3));
        a.counted = rows.integer(4) != 0;
        a.in_doubt = rows.integer(5) != 0;
        a.status = static_cast<std::int32_t>(rows.integer(6));
        a.phase = static_cast<std::uint8_t>(rows.integer(7));
        a.reason = rows.text(8);
        a.excerpt = rows.text(9);
        out.push_back(std::move(a));
    }
    return out;
}

std::string reader_table::lines_of(std::uint64_t pack) {
    auto rows = lines_.rows(pack);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

std::string reader_table::file_name(file_no no) {
    auto rows = file_name_.rows(no);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

std::string reader_table::account_id(account_no no) {
    auto rows = account_id_.rows(no);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

void reader_table::each_refused(file_no file, std::uint64_t after_line, std::uint32_t most,
                                std::function<bool(refused_line_view const&)> const& visit) {
    auto rows = refused_.rows(file, after_line, most);
    while (rows.next() && visit({rows.number(0), rows.number(1), rows.number(2), rows.text(3)}))
        ;
}

void reader_table::each_duplicate(
    file_no file, std::uint64_t from,
    std::function<bool(std::uint64_t, std::uint64_t, std::uint64_t)> const& visit) {
    auto rows = duplicates_.rows(file, from);
    while (rows.next() && visit(rows.number(0), rows.number(1), rows.number(2)))
        ;
}

void reader_table::each_attempt(std::uint64_t first, std::uint64_t last,
                                std::function<void(attempt_view const&)> const& visit) {
    auto rows = doubts_.rows(first, last);
    while (rows.next())
        visit({rows.number(0), static_cast<attempt_kind>(rows.integer(1)), rows.integer(2) != 0,
               rows.integer(3), rows.text(4)});
}

}  // namespace setclick::ledger
