#include "span_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <string>

namespace setclick::ledger {
namespace {

/// Calls write(bits): null where no event of the span is settled.
template <class Write>
void with_bits(span_row const& row, Write&& write) {
    if (row.settled.empty())
        write(nullptr);
    else
        write(std::as_bytes(std::span(row.settled)));
}

}  // namespace

span_row span_from(statement::cursor const& row) {
    span_row out;
    out.first = row.number(0);
    out.last = row.number(1);
    out.is.state = static_cast<event_state>(row.integer(2));
    out.is.failed = row.integer(3) != 0;
    out.is.policy = static_cast<doubt_policy>(row.integer(4));
    out.is.reason = row.text(5);
    out.is.at = row.integer(6);
    out.is.due = row.integer(7);
    out.is.run = row.number(8);
    if (auto const bits = row.text(9); !bits.empty()) {
        out.settled.resize((out.size() + 63) / 64);
        std::memcpy(out.settled.data(), bits.data(), std::min(bits.size(), out.settled.size() * 8));
        for (auto const word : out.settled)
            out.settled_count += static_cast<std::uint64_t>(std::popcount(word));
    }
    return out;
}

span_table::span_table(connection& db)
    : select_(db, std::string("SELECT ") + span_columns +
                      " FROM span WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      insert_(db,
              "INSERT INTO span(first, last, account, state, failed, policy, reason, at, due, run, "
              "settled) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      update_(db,
              "UPDATE span SET last = ?2, account = ?3, state = ?4, failed = ?5, policy = ?6, "
              "reason = ?7, at = ?8, due = ?9, run = ?10, settled = ?11 WHERE first = ?1"),
      // The index is written anew whenever its columns are named, changed or not.
      update_unindexed_(
          db,
          "UPDATE span SET last = ?2, failed = ?3, policy = ?4, reason = ?5, at = ?6, "
          "run = ?7, settled = ?8 WHERE first = ?1"),
      erase_(db, "DELETE FROM span WHERE first = ?"),
      due_times_(db,
                 "SELECT due, (SELECT max(due) FROM span WHERE state = 2 AND state <> 4 AND "
                 "account = ?1) FROM span WHERE state = 2 AND state <> 4 AND account = ?1 "
                 "ORDER BY due LIMIT 1"),
      first_in_(db, "SELECT min(first) FROM span WHERE state = ?2 AND state <> 4 AND account = ?1"),
      // By the index of what is not delivered.
      waiting_(db,
               "SELECT first FROM span WHERE state = 0 AND state <> 4 AND account = ? "
               "ORDER BY due, first LIMIT ?"),
      due_(db,
           "SELECT first FROM span WHERE state = 2 AND state <> 4 AND account = ? AND "
           "due <= ? ORDER BY due LIMIT ?"),
      due_after_(db,
                 "SELECT first FROM span WHERE state = 2 AND state <> 4 AND account = ? AND "
                 "due > ? ORDER BY due LIMIT ?"),
      claims_(db, std::string("SELECT ") + span_columns +
                      " FROM span WHERE state = 1 AND state <> 4 AND run <> ?") {}

std::optional<span_row> span_table::at_or_before(std::uint64_t id) {
    auto rows = select_.rows(id);
    if (!rows.next()) return std::nullopt;
    return span_from(rows);
}

void span_table::insert(span_row const& r) {
    with_bits(r, [&](auto const& bits) {
        insert_.run(r.first, r.last, event_no{r.first}.account(), r.is.state, r.is.failed,
                    r.is.policy, std::string_view(r.is.reason), r.is.at, r.is.due, r.is.run, bits);
    });
}

void span_table::update(span_row const& r, key const& was) {
    bool const same_key = was.state == r.is.state && was.due == r.is.due;
    with_bits(r, [&](auto const& bits) {
        if (same_key)
            update_unindexed_.run(r.first, r.last, r.is.failed, r.is.policy,
                                  std::string_view(r.is.reason), r.is.at, r.is.run, bits);
        else
            update_.run(r.first, r.last, event_no{r.first}.account(), r.is.state, r.is.failed,
                        r.is.policy, std::string_view(r.is.reason), r.is.at, r.is.due, r.is.run,
                        bits);
    });
}

void span_table::each_waiting(account_no account, std::uint64_t, std::uint64_t most,
                              first_visit const& visit) {
    auto rows = waiting_.rows(account, most);
    while (rows.next() && visit(rows.number(0)))
        ;
}

void span_table::each_due(account_no account, std::int64_t until, std::uint64_t most,
                          first_visit const& visit) {
    auto rows = due_.rows(account, until, most);
    while (rows.next() && visit(rows.number(0)))
        ;
}

void span_table::each_due_after(account_no account, std::int64_t until, std::uint64_t most,
                                first_visit const& visit) {
    auto rows = due_after_.rows(account, until, most);
    while (rows.next() && visit(rows.number(0)))
        ;
}

std::vector<span_row> span_table::claims_before(std::uint64_t run) {
    std::vector<span_row> out;
    for (auto rows = claims_.rows(run); rows.next();)
        out.push_back(span_from(rows));
    return out;
}

std::optional<span_rows::due_range> span_table::due_times(account_no account) {
    auto rows = due_times_.rows(account);
    if (!rows.next()) return std::nullopt;
    return due_range{rows.integer(0), rows.integer(1)};
}

std::optional<std::uint64_t> span_table::first_in(account_no account, event_state state) {
    auto rows = first_in_.rows(account, state);
    if (!rows.next() || rows.is_null(0)) return std::nullopt;
    return rows.number(0);
}

}  // namespace setclick::ledger
