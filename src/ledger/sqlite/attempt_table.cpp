#include "attempt_table.hpp"

namespace setclick::ledger {

attempt_table::attempt_table(connection& db)
    : insert_(db,
              "INSERT INTO attempt(event, seq, kind, n, at, state, counted, in_doubt, status, "
              "phase, reason, excerpt) VALUES(?1, 1, ?2, ?2 < 2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      // A person's command or a mark is no attempt: it carries the number of those before it.
      insert_next_(db,
                   "INSERT INTO attempt(event, seq, kind, n, at, state, counted, in_doubt, status, "
                   "phase, reason, excerpt) SELECT ?1, ifnull(max(seq), 0) + 1, ?2, "
                   "ifnull(sum(counted), 0) + (?2 < 2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 "
                   "FROM attempt WHERE event = ?1"),
      select_(db, "SELECT kind, at, counted FROM attempt WHERE event = ? ORDER BY seq"),
      select_marks_(db,
                    "SELECT event, max(in_doubt), max(kind = 3) FROM attempt WHERE event BETWEEN ? "
                    "AND ? GROUP BY event"),
      select_newest_(db, "SELECT kind, reason FROM attempt WHERE event = ? ORDER BY seq DESC"),
      erase_(db, "DELETE FROM attempt WHERE event BETWEEN ? AND ?") {}

void attempt_table::add(std::uint64_t event, attempt_row const& row, bool has_earlier) {
    (has_earlier ? insert_next_ : insert_)
        .run(event, row.kind, row.at, row.state, row.counted, row.in_doubt, row.status, row.phase,
             row.reason, row.excerpt);
}

attempt_history attempt_table::history(std::uint64_t event) {
    attempt_history out;
    auto rows = select_.rows(event);
    while (rows.next()) {
        if (static_cast<attempt_kind>(rows.integer(0)) == attempt_kind::person)
            out.first_failed = 0;
        if (rows.integer(2) == 0) continue;
        ++out.counted;
        if (out.first_failed == 0) out.first_failed = rows.integer(1);
    }
    return out;
}

std::map<std::uint64_t, attempt_marks> attempt_table::marks(std::uint64_t first,
                                                            std::uint64_t last) {
    std::map<std::uint64_t, attempt_marks> out;
    auto rows = select_marks_.rows(first, last);
    while (rows.next())
        if (attempt_marks const m{rows.integer(1) != 0, rows.integer(2) != 0}; m.any())
            out.emplace(static_cast<std::uint64_t>(rows.integer(0)), m);
    return out;
}

std::uint32_t attempt_table::restarts_in_a_row(std::uint64_t event, std::string_view reason) {
    std::uint32_t count = 0;
    auto rows = select_newest_.rows(event);
    while (rows.next() && static_cast<attempt_kind>(rows.integer(0)) == attempt_kind::restart &&
           rows.text(1) == reason)
        ++count;
    return count;
}

}  // namespace setclick::ledger
