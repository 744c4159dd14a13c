#include "side_tables.hpp"

#include <utility>

#include "../core/history.hpp"

namespace setclick::ledger::postgres {

meta_table::meta_table(session& db)
    : select_(db, "SELECT number, value FROM meta WHERE key = $1"),
      select_all_(db, "SELECT value FROM meta WHERE starts_with(key, $1 || '/') ORDER BY key"),
      add_number_(db,
                  "INSERT INTO meta(key, number) VALUES($1, $2) ON CONFLICT (key) DO UPDATE SET "
                  "number = meta.number + excluded.number"),
      set_number_(db,
                  "INSERT INTO meta(key, number) VALUES($1, $2) ON CONFLICT (key) DO UPDATE SET "
                  "number = excluded.number"),
      set_value_(db,
                 "INSERT INTO meta(key, value) VALUES($1, $2) ON CONFLICT (key) DO UPDATE SET "
                 "value = excluded.value") {}

std::string meta_table::stored_key(std::string_view key) const {
    bool const is_own = key == before_history_key || key == adopted_key || key == crash_lines_key;
    return std::string(key) + (is_own ? "/" + std::to_string(node_) : "");
}

std::vector<std::string> meta_table::texts_of_nodes(std::string_view key) {
    std::vector<std::string> out;
    auto found = select_all_.read(key);
    while (found.next())
        out.emplace_back(found.text(0));
    return out;
}

std::int64_t meta_table::number(std::string_view key) {
    auto row = select_.read(std::string_view(stored_key(key)));
    return row.next() ? row.integer(0) : 0;
}

std::string meta_table::text(std::string_view key) {
    auto row = select_.read(std::string_view(stored_key(key)));
    return row.next() ? std::string(row.text(1)) : std::string();
}

note_table::note_table(session& db)
    : select_(db,
              "SELECT state, greatest(0, floor(extract(epoch FROM clock_timestamp() - saved_at) * "
              "1000))::bigint FROM account_note WHERE account = $1"),
      replace_(db, {.table = "account_note",
                    .set = "state = $2, saved_at = now()",
                    .where = "account = $1",
                    .insert = "(account, state, saved_at) SELECT $1, $2, now()",
                    .on_conflict = "ON CONFLICT (account) DO UPDATE SET state = excluded.state, "
                                   "saved_at = now()"}) {}

kept_note note_table::of(account_no account) {
    auto row = select_.read(stored_number(account));
    if (!row.next()) return {};
    return {std::string(row.text(0)), milliseconds{row.integer(1)}};
}

line_table::line_table(session& db)
    : refuse_(db,
              "INSERT INTO refused(file, line, \"offset\", length, reason) VALUES($1, $2, $3, $4, "
              "$5)"),
      succeed_(db, "UPDATE refused SET reason = reason || $3 WHERE file = $1 AND line = $2"),
      repeat_(db, "INSERT INTO duplicate(file, line, count, event) VALUES($1, $2, $3, $4)"),
      drop_refused_(db,
                    "DELETE FROM refused WHERE file = $1 AND line <= (SELECT max(line) FROM "
                    "(SELECT line FROM refused WHERE file = $1 ORDER BY line LIMIT $2) l)"),
      drop_duplicates_(db,
                       "DELETE FROM duplicate WHERE file = $1 AND line <= (SELECT max(line) FROM "
                       "(SELECT line FROM duplicate WHERE file = $1 ORDER BY line LIMIT $2) l)") {}

void line_table::name_successor(file_no file, std::uint64_t line, std::uint64_t as) {
    auto const text =
        "; the file has grown since, and it was read again as line " + std::to_string(as);
    succeed_.run(file, line, std::string_view(text));
}

mark_table::mark_table(session& db)
    : select_(db, "SELECT min(first) FROM mark WHERE account = $1 AND day > $2"),
      insert_(db,
              "INSERT INTO mark(account, day, first) VALUES($1, $2, $3) ON CONFLICT DO NOTHING") {}

std::optional<std::uint64_t> mark_table::first_after(account_no account, std::int64_t day) {
    auto row = select_.read(account, day);
    if (!row.next() || row.is_null(0)) return std::nullopt;
    return row.number(0);
}

namespace {

constexpr char const* history_columns =
    "delivered, rejected, deferred, in_doubt, duplicate, discarded";

}  // namespace

history_table::history_table(session& db, meta_table& meta)
    : meta_(meta),
      add_(db,
           {.table = "history",
            .set = "delivered = delivered + $3, rejected = rejected + $4, deferred = deferred + "
                   "$5, in_doubt = in_doubt + $6, duplicate = duplicate + $7, discarded = "
                   "discarded + $8",
            .where = "slot = $1 AND node = $2",
            .insert = std::string("(slot, node, ") + history_columns +
                      ") SELECT $1, $2, $3, $4, $5, $6, $7, $8",
            .on_conflict = "ON CONFLICT (slot, node) DO UPDATE SET delivered = "
                           "history.delivered + $3, rejected = history.rejected + $4, deferred "
                           "= history.deferred + $5, in_doubt = history.in_doubt + $6, "
                           "duplicate = history.duplicate + $7, discarded = history.discarded + "
                           "$8"}),
      drop_(db, std::string("DELETE FROM history WHERE node = $1 AND begun <= (SELECT begun FROM "
                            "history WHERE node = $1 ORDER BY begun DESC OFFSET $2 LIMIT 1) "
                            "RETURNING ") +
                    history_columns) {}

void history_table::count(history_counts const& counts, wall_time now) {
    if (counts.empty()) return;
    auto const slot = slot_of(now);
    auto const& c = counts;
    add_.write(slot, slot, node_, c.delivered, c.rejected, c.deferred, c.in_doubt, c.duplicate,
               c.discarded);
    if (std::exchange(newest_, slot) != slot) drop_old();
}

/// Once in a quarter of an hour, or when the clock was set.
void history_table::drop_old() {
    history_counts dropped;
    auto gone = drop_.write(node_, most_history_slots + 1);
    if (gone.count() == 0) return;
    while (gone.next()) {
        int column = 0;
        for (auto const member : history_members)
            dropped.*member += gone.number(column++);
    }
    dropped += history_counts_from(meta_.text(before_history_key)).value_or(history_counts{});
    meta_.set(before_history_key, std::string_view(text_of(dropped)));
}

std::vector<history_slot> history_of(session& db) {
    auto found = db.ask(
        "SELECT slot, sum(delivered)::bigint, sum(rejected)::bigint, sum(deferred)::bigint, "
        "sum(in_doubt)::bigint, sum(duplicate)::bigint, sum(discarded)::bigint FROM history "
        "GROUP BY slot ORDER BY slot",
        parameters());
    std::vector<history_slot> out;
    while (found.next()) {
        history_slot slot;
        slot.number = found.integer(0);
        int column = 0;
        for (auto const member : history_members)
            slot.counts.*member = found.number(++column);
        out.push_back(slot);
    }
    return out;
}

}  // namespace setclick::ledger::postgres
