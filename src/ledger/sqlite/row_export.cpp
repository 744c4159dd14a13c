#include "row_export.hpp"

#include <string>

#include "../core/failure.hpp"
#include "account_table.hpp"
#include "file_table.hpp"
#include "history_table.hpp"
#include "identity_index.hpp"
#include "meta_table.hpp"
#include "pack_table.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "span_table.hpp"

namespace setclick::ledger {
namespace {

constexpr std::uint64_t rows_a_tick = 1000;
// Of `file_columns` and the one after them.
constexpr int done_name_column = 20;
constexpr int done_day_column = 22;

std::string select(std::string_view columns, std::string_view from) {
    return "SELECT " + std::string(columns) + " FROM " + std::string(from);
}

/// Values that the other store keeps in a place of its own, or that are about this file only.
bool is_of_the_file(std::string_view key) {
    return key == "ledger_id" || key == "run" || key == commits_key || key == open_slot_key ||
           key == copy_mark || key.starts_with(taken_back_key);
}

}  // namespace

void row_export::tick() {
    if (++rows_ % rows_a_tick == 0 && progress_) progress_();
}

transfer_counts row_export::run() {
    reading const one_moment(db_);
    accounts();
    notes_and_marks();
    spans();
    packs();
    identities();
    attempts();
    files();
    lines();
    history();
    meta();
    return counts_;
}

void row_export::accounts() {
    for (auto const& a : account_table(db_).all()) {
        to_.account(a);
        ++counts_.accounts;
        counts_.events += a.next_sequence - 1;
        auto const in = [&](event_state s) { return a.counts[static_cast<std::size_t>(s)]; };
        counts_.delivered += in(event_state::delivered);
        for (auto const s : {event_state::waiting, event_state::in_flight, event_state::deferred,
                             event_state::held})
            counts_.pending += in(s);
    }
}

void row_export::notes_and_marks() {
    statement notes(db_, "SELECT account, state FROM account_note ORDER BY account");
    for (auto row = notes.rows(); row.next(); ++counts_.notes)
        to_.note(static_cast<account_no>(row.integer(0)), row.text(1));
    statement marks(db_, "SELECT account, day, first FROM mark ORDER BY account, day");
    for (auto row = marks.rows(); row.next(); ++counts_.marks)
        to_.mark(static_cast<account_no>(row.integer(0)), row.integer(1), row.number(2));
}

void row_export::spans() {
    statement all(db_, select(span_columns, "span ORDER BY first"));
    for (auto row = all.rows(); row.next(); tick()) {
        to_.span(span_from(row));
        ++counts_.spans;
    }
}

void row_export::packs() {
    statement all(db_, select(pack_columns, "pack ORDER BY first"));
    for (auto row = all.rows(); row.next(); tick()) {
        if (!is_as_written(row))
            throw failure(fail(errc::io, "the records from event " + std::to_string(row.number(0)) +
                                             " on are not what was written"));
        pack_rows::row const pack{{row.number(0), row.number(0) + row.number(1) - 1,
                                   static_cast<file_no>(row.number(2)), row.integer(3)},
                                  row.text(4),
                                  row.text(5),
                                  row.text(6)};
        to_.pack(pack);
        ++counts_.packs;
        counts_.record_bytes += pack.body.size();
    }
}

void row_export::identities() {
    statement blocks(db_, "SELECT entries FROM identity ORDER BY first");
    for (auto row = blocks.rows(); row.next(); tick()) {
        identity_walk walk(row.text(0));
        for (identity_entry e; walk.next(e); ++counts_.identities)
            to_.identity(e);
    }
}

void row_export::attempts() {
    statement all(
        db_,
        "SELECT event, seq, kind, n, at, state, counted, in_doubt, status, phase, reason, "
        "excerpt FROM attempt ORDER BY event, seq");
    for (auto row = all.rows(); row.next(); tick()) {
        attempt_receipt a;
        a.kind = static_cast<attempt_kind>(row.integer(2));
        a.n = static_cast<std::uint32_t>(row.integer(3));
        a.at = from_ms(row.integer(4));
        a.state = static_cast<event_state>(row.integer(5));
        a.counted = row.integer(6) != 0;
        a.in_doubt = row.integer(7) != 0;
        a.status = static_cast<std::int32_t>(row.integer(8));
        a.phase = static_cast<std::uint8_t>(row.integer(9));
        a.reason = row.text(10);
        a.excerpt = row.text(11);
        to_.attempt(row.number(0), row.number(1), a);
        ++counts_.attempts;
    }
}

void row_export::files() {
    statement all(db_, select(std::string(file_columns) + ", done_day", "file ORDER BY no"));
    for (auto row = all.rows(); row.next(); tick()) {
        whole_file const file{file_from(row), std::string(row.text(done_name_column)),
                              row.integer(done_day_column)};
        to_.file(file);
        ++counts_.files;
        counts_.accepted += file.info.accepted;
    }
}

void row_export::lines() {
    statement refused(db_,
                      "SELECT file, line, offset, length, reason FROM refused ORDER BY file, line");
    for (auto row = refused.rows(); row.next(); tick()) {
        to_.refused(static_cast<file_no>(row.number(0)),
                    {row.number(1), row.number(2), row.number(3), std::string(row.text(4))});
        ++counts_.refused_lines;
    }
    statement repeated(db_, "SELECT file, line, count, event FROM duplicate ORDER BY file, line");
    for (auto row = repeated.rows(); row.next(); tick()) {
        to_.duplicates(static_cast<file_no>(row.number(0)), row.number(1), row.number(2),
                       row.number(3));
        counts_.duplicate_lines += row.number(2);
    }
}

void row_export::history() {
    auto const give = [&](history_slot const& slot) {
        if (slot.counts.empty()) return;
        to_.history(slot);
        for (auto const member : history_members)
            counts_.counted += slot.counts.*member;
    };
    statement all(db_,
                  "SELECT slot, delivered, rejected, deferred, in_doubt, duplicate, discarded FROM "
                  "history ORDER BY begun");
    for (auto row = all.rows(); row.next();) {
        history_slot slot;
        slot.number = row.integer(0);
        int column = 0;
        for (auto const member : history_members)
            slot.counts.*member = row.number(++column);
        give(slot);
    }
    if (auto const open = open_slot::from(meta_table(db_).text(open_slot_key))) give(open->now());
}

void row_export::meta() {
    statement all(db_, "SELECT key, value, typeof(value) = 'integer' FROM meta ORDER BY key");
    for (auto row = all.rows(); row.next();) {
        if (is_of_the_file(row.text(0))) continue;
        if (row.integer(2) != 0)
            to_.meta(row.text(0), row.integer(1));
        else
            to_.meta(row.text(0), row.text(1));
    }
}

}  // namespace setclick::ledger
