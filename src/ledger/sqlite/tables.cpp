#include "tables.hpp"

#include <algorithm>

#include "schema.hpp"

namespace setclick::ledger {

tables::tables(connection& on)
    : db(on),
      meta(on),
      accounts(on),
      files(on),
      packs(on),
      span_rows(on),
      spans(span_rows),
      identities(on),
      attempts(on),
      age(meta),
      adopted(meta.text(adopted_key)),
      note(on, "INSERT OR REPLACE INTO account_note(account, state) VALUES(?, ?)"),
      refuse(on, "INSERT INTO refused(file, line, offset, length, reason) VALUES(?, ?, ?, ?, ?)"),
      duplicate(on, "INSERT INTO duplicate(file, line, count, event) VALUES(?, ?, ?, ?)"),
      add_mark(on, "INSERT OR IGNORE INTO mark(account, day, first) VALUES(?, ?, ?)"),
      select_mark_(on, "SELECT min(first) FROM mark WHERE account = ? AND day > ?"),
      select_note_(on, "SELECT state FROM account_note WHERE account = ?"),
      due_times_(on,
                 "SELECT due, (SELECT max(due) FROM span WHERE state = 2 AND state <> 4 AND "
                 "account = ?1) FROM span WHERE state = 2 AND state <> 4 AND account = ?1 "
                 "ORDER BY due LIMIT 1"),
      oldest_pending_(on,
                      "SELECT min(first) FROM span WHERE state = ?2 AND state <> 4 AND "
                      "account = ?1") {}

void tables::flush() {
    spans.flush();
    accounts.flush();
}

void tables::forget() {
    spans.forget();
    packs.forget();
    files.reload();
    accounts.reload();
    age.reload(meta);
    adopted = adopted_files(meta.text(adopted_key));
}

void tables::trim() noexcept {
    spans.trim();
    packs.trim();
}

std::uint64_t tables::older_than(account_no account, std::int64_t days) {
    if (days <= 0 || age.today() - days < 0) return 0;
    auto rows = select_mark_.rows(account, age.today() - days);
    if (rows.next() && !rows.is_null(0)) return rows.number(0);
    return accounts.at(account).next_id();
}

/// The first and the last time of what is deferred.
template <class To>
void tables::add_due_times(account_no no, To& out) {
    auto rows = due_times_.rows(no);
    if (!rows.next()) return;
    out.next_due = from_ms(rows.integer(0));
    out.last_due = from_ms(rows.integer(1));
}

queue_depth tables::depth_of(account_row const& a) {
    queue_depth out;
    out.account = a.no;
    out.waiting = a.counts[static_cast<std::size_t>(event_state::waiting)];
    out.deferred = a.counts[static_cast<std::size_t>(event_state::deferred)];
    if (out.deferred > 0) add_due_times(a.no, out);
    return out;
}

std::string tables::note_of(account_no account) {
    auto rows = select_note_.rows(account);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

account_info tables::info_of(account_row const& a) {
    account_info out;
    out.no = a.no;
    out.id = a.id;
    out.state = note_of(a.no);
    out.counts = a.counts;
    out.duplicate = a.duplicate;
    out.refused = a.refused;
    out.in_doubt_ever = a.in_doubt_ever;
    out.last_delivered = from_ms(a.last_delivered);
    if (a.counts[static_cast<std::size_t>(event_state::deferred)] > 0) add_due_times(a.no, out);
    std::uint64_t oldest = 0;
    // What is held waits for a person, not for us: a stall is something else.
    for (auto const state : {event_state::waiting, event_state::in_flight, event_state::deferred}) {
        if (a.counts[static_cast<std::size_t>(state)] == 0) continue;
        auto rows = oldest_pending_.rows(a.no, state);
        if (!rows.next() || rows.is_null(0)) continue;
        oldest = oldest == 0 ? rows.number(0) : std::min(oldest, rows.number(0));
    }
    if (oldest != 0) out.oldest_waiting = from_ms(packs.find(oldest).imported_at);
    return out;
}

}  // namespace setclick::ledger
