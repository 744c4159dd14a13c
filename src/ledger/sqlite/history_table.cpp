#include "history_table.hpp"

#include <algorithm>
#include <string>

namespace setclick::ledger {
namespace {

constexpr char const* columns =
    "slot, delivered, rejected, deferred, in_doubt, duplicate, discarded";

history_slot slot_from(statement::cursor const& row) {
    history_slot out;
    out.number = row.integer(0);
    int column = 0;
    for (auto const member : history_members)
        out.counts.*member = row.number(++column);
    return out;
}

/// Damage of it costs a plot, not a start.
open_slot open_slot_in(meta_table& meta) {
    return open_slot::from(meta.text(open_slot_key)).value_or(open_slot{});
}

}  // namespace

history_table::history_table(connection& db, meta_table& meta)
    : meta_(meta),
      // A slot that was there before, since the clock was set back, keeps its place.
      keep_(db, std::string("INSERT INTO history(") + columns +
                    ", begun) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT ifnull(max(begun), 0) + 1 "
                    "FROM history)) ON CONFLICT(slot) DO UPDATE SET delivered = delivered + ?2, "
                    "rejected = rejected + ?3, deferred = deferred + ?4, in_doubt = in_doubt + ?5, "
                    "duplicate = duplicate + ?6, discarded = discarded + ?7"),
      dropped_(db, std::string("SELECT ") + columns +
                       " FROM history WHERE begun <= (SELECT max(begun) FROM history) - ?"),
      drop_(db, "DELETE FROM history WHERE begun <= (SELECT max(begun) FROM history) - ?"),
      open_(open_slot_in(meta)) {}

void history_table::count(history_counts const& counts, wall_time now) {
    if (counts.empty()) return;
    if (auto const over = open_.add(counts, now)) keep(*over);
    meta_.set(open_slot_key, std::string_view(open_.text()));
}

void history_table::reload() {
    open_ = open_slot_in(meta_);
}

/// Once in a quarter of an hour, or when the clock was set.
void history_table::keep(history_slot const& over) {
    auto const& c = over.counts;
    keep_.run(over.number, c.delivered, c.rejected, c.deferred, c.in_doubt, c.duplicate,
              c.discarded);
    history_counts dropped;
    for (auto rows = dropped_.rows(most_history_slots); rows.next();)
        dropped += slot_from(rows).counts;
    if (drop_.run(most_history_slots) == 0) return;
    dropped += history_counts_from(meta_.text(before_history_key)).value_or(history_counts{});
    meta_.set(before_history_key, std::string_view(text_of(dropped)));
}

std::vector<history_slot> history_of(connection& db) {
    statement select(db, std::string("SELECT ") + columns + " FROM history ORDER BY slot");
    std::vector<history_slot> out;
    for (auto rows = select.rows(); rows.next();)
        out.push_back(slot_from(rows));
    meta_table meta(db);
    auto const now = open_slot_in(meta).now();
    if (now.counts.empty()) return out;
    auto const at = std::lower_bound(
        out.begin(), out.end(), now.number,
        [](history_slot const& s, std::int64_t number) { return s.number < number; });
    if (at != out.end() && at->number == now.number)
        at->counts += now.counts;
    else
        out.insert(at, now);
    return out;
}

}  // namespace setclick::ledger
