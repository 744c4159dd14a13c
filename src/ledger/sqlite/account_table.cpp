#include "account_table.hpp"

#include <string>
#include <utility>

namespace setclick::ledger {

namespace {

std::string key_of_taken_back(account_no no) {
    return taken_back_key + std::to_string(static_cast<std::uint32_t>(no));
}

}  // namespace

account_row account_from(statement::cursor const& row) {
    account_row a;
    a.no = static_cast<account_no>(row.integer(0));
    a.id = row.text(1);
    a.next_sequence = row.number(2);
    for (std::size_t i = 0; i < event_state_count; ++i)
        a.counts[i] = row.number(3 + static_cast<int>(i));
    a.duplicate = row.number(10);
    a.refused = row.number(11);
    a.in_doubt_ever = row.number(12);
    a.last_delivered = row.integer(13);
    return a;
}

account_table::account_table(connection& db)
    : select_(db, std::string("SELECT ") + account_columns + " FROM account ORDER BY no"),
      insert_(db, "INSERT INTO account(no, id) VALUES(?, ?)"),
      update_(db,
              "UPDATE account SET next_sequence = ?2, waiting = ?3, in_flight = ?4, deferred = ?5, "
              "held = ?6, delivered = ?7, rejected = ?8, discarded = ?9, duplicate = ?10, "
              "refused = ?11, in_doubt_ever = ?12, last_delivered = ?13 WHERE no = ?1"),
      select_taken_back_(db, "SELECT value FROM meta WHERE key = ?"),
      keep_taken_back_(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)") {}

std::vector<account_row> account_table::all() {
    std::vector<account_row> out;
    {
        auto rows = select_.rows();
        while (rows.next())
            out.push_back(account_from(rows));
    }
    for (auto& a : out) {
        auto kept = select_taken_back_.rows(key_of_taken_back(a.no));
        if (kept.next()) read_taken_back(kept.text(0), a.taken_back);
    }
    return out;
}

void account_table::update(account_row const& a) {
    auto const& c = a.counts;
    update_.run(a.no, a.next_sequence, c[0], c[1], c[2], c[3], c[4], c[5], c[6], a.duplicate,
                a.refused, a.in_doubt_ever, a.last_delivered);
    if (a.is_taken_back_dirty)
        keep_taken_back_.run(key_of_taken_back(a.no), text_of_taken_back(a.taken_back));
}

}  // namespace setclick::ledger
