#include "attempt_table.hpp"

#include <utility>

namespace setclick::ledger::postgres {

namespace {

attempt_receipt receipt_from(rows const& row) {
    attempt_receipt a;
    a.kind = static_cast<attempt_kind>(row.integer(0));
    a.n = static_cast<std::uint32_t>(row.integer(1));
    a.at = from_ms(row.integer(2));
    a.state = static_cast<event_state>(row.integer(3));
    a.counted = row.integer(4) != 0;
    a.in_doubt = row.integer(5) != 0;
    a.status = static_cast<std::int32_t>(row.integer(6));
    a.phase = static_cast<std::uint8_t>(row.integer(7));
    a.reason = row.text(8);
    a.excerpt = row.text(9);
    return a;
}

}  // namespace

attempt_table::attempt_table(session& db)
    : insert_(db,
              "INSERT INTO attempt(event, seq, kind, n, at, state, counted, in_doubt, status, "
              "phase, reason, excerpt) VALUES($1, 1, $2, CASE WHEN $2 < 2 THEN 1 ELSE 0 END, $3, "
              "$4, $5, $6, $7, $8, $9, $10)"),
      // A person's command or a mark is no attempt: it carries the number of those before it.
      insert_next_(db,
                   "INSERT INTO attempt(event, seq, kind, n, at, state, counted, in_doubt, status, "
                   "phase, reason, excerpt) SELECT $1, coalesce(max(seq), 0) + 1, $2, "
                   "count(*) FILTER (WHERE counted) + CASE WHEN $2 < 2 THEN 1 ELSE 0 END, $3, $4, "
                   "$5, $6, $7, $8, $9, $10 FROM attempt WHERE event = $1"),
      select_(db,
              "SELECT kind, n, at, state, counted, in_doubt, status, phase, reason, excerpt "
              "FROM attempt WHERE event = $1 ORDER BY seq"),
      select_list_(db,
                   "SELECT kind, n, at, state, counted, in_doubt, status, phase, reason, excerpt, "
                   "event FROM attempt WHERE event = ANY($1) ORDER BY event, seq"),
      select_marks_(db,
                    "SELECT event, bool_or(in_doubt), bool_or(kind = 3) FROM attempt WHERE event "
                    "BETWEEN $1 AND $2 GROUP BY event"),
      erase_(db, "DELETE FROM attempt WHERE event BETWEEN $1 AND $2") {}

void attempt_table::add(std::uint64_t event, attempt_row const& row, bool has_earlier) {
    (has_earlier ? insert_next_ : insert_)
        .run(event, row.kind, row.at, row.state, row.counted, row.in_doubt, row.status, row.phase,
             row.reason, row.excerpt);
}

attempt_history attempt_table::history(std::uint64_t event) {
    auto const ahead = ahead_.find(event);
    auto const all = ahead != ahead_.end() ? std::move(ahead->second) : receipt(event);
    attempt_history out;
    for (auto const& a : all) {
        if (a.kind == attempt_kind::person) out.first_failed = 0;
        if (!a.counted) continue;
        ++out.counted;
        if (out.first_failed == 0) out.first_failed = to_ms(a.at);
    }
    return out;
}

void attempt_table::look_ahead(std::vector<std::int64_t> const& events) {
    for (auto const event : events)
        ahead_[static_cast<std::uint64_t>(event)];
    select_list_.look_later(events);
}

void attempt_table::keep_ahead(rows found) {
    while (found.next())
        ahead_[found.number(10)].push_back(receipt_from(found));
}

std::map<std::uint64_t, attempt_marks> attempt_table::marks(std::uint64_t first,
                                                            std::uint64_t last) {
    std::map<std::uint64_t, attempt_marks> out;
    auto found = select_marks_.read(first, last);
    while (found.next())
        if (attempt_marks const m{found.integer(1) != 0, found.integer(2) != 0}; m.any())
            out.emplace(found.number(0), m);
    return out;
}

std::uint32_t attempt_table::restarts_in_a_row(std::uint64_t event, std::string_view reason) {
    auto const all = receipt(event);
    std::uint32_t count = 0;
    for (auto a = all.rbegin(); a != all.rend(); ++a, ++count)
        if (a->kind != attempt_kind::restart || a->reason != reason) break;
    return count;
}

std::vector<attempt_receipt> attempt_table::receipt(std::uint64_t event) {
    std::vector<attempt_receipt> out;
    auto found = select_.read(event);
    while (found.next())
        out.push_back(receipt_from(found));
    return out;
}

}  // namespace setclick::ledger::postgres
