#include "whole_import.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "../core/failure.hpp"
#include "check.hpp"
#include "lane.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "side_tables.hpp"

namespace setclick::ledger::postgres {
namespace {

/// A statement over thousands of rows on a slow disk, or the check of all of it.
constexpr milliseconds call_limit{std::chrono::minutes{10}};
/// In `meta`: the commits that the source had had.
constexpr std::string_view source_commits = "taken_over_at";

using column = bulk_insert::column;
column number(char const* as = "$") {
    return {column::kind::number, as};
}
column flag() {
    return number("$ <> 0");
}
column blob(char const* as = "$") {
    return {column::kind::bytes, as};
}
column text() {
    return {column::kind::text, "$"};
}

std::string_view bits_of(span_row const& row) {
    return {reinterpret_cast<char const*>(row.settled.data()),
            row.settled.size() * sizeof(std::uint64_t)};
}

}  // namespace

struct whole_import::inserts {
    explicit inserts(session& db)
        : account(db, "INSERT INTO account(no, id, next_sequence, duplicate, refused)",
                  {number("$::int"), text(), number(), number(), number()}),
          account_run(db,
                      "INSERT INTO account_run(account, node, epoch, in_flight, deferred, held, "
                      "delivered, rejected, discarded, in_doubt_ever, last_delivered, taken_back)",
                      {number("$::int"), number("$::int"), number(), number(), number(), number(),
                       number(), number(), number(), number(), number(), text()}),
          note(db, "INSERT INTO account_note(account, state)", {number("$::int"), text()}),
          mark(db, "INSERT INTO mark(account, day, first)", {number("$::int"), number(), number()}),
          span(db, "INSERT INTO span(first, last, account, state, failed, reason, at, due)",
               {number(), number(), number("$::int"), number("$::smallint"), flag(), text(),
                number(), number()}),
          claim(db,
                "INSERT INTO claim(first, last, account, node, epoch, policy, failed, at, settled)",
                {number(), number(), number("$::int"), number("$::int"), number(),
                 number("$::smallint"), flag(), number(), blob("nullif($, ''::bytea)")}),
          pack(db, "INSERT INTO pack(first, count, file, imported_at, lines, lengths, body)",
               {number(), number("$::smallint"), number(), number(), text(), text(), blob()}),
          identity(db, "INSERT INTO identity(key, event, content)", {blob(), number(), number()}),
          attempt(db,
                  "INSERT INTO attempt(event, seq, kind, n, at, state, counted, in_doubt, status, "
                  "phase, reason, excerpt)",
                  {number(), number("$::int"), number("$::smallint"), number("$::int"), number(),
                   number("$::smallint"), flag(), flag(), number("$::int"), number("$::smallint"),
                   text(), text()}),
          file(db,
               "INSERT INTO file(no, node, name, work_name, device, inode, size, \"offset\", line, "
               "at_end, reader_state, accepted, duplicate, refused, read_at, claimed_at, "
               "unfinished, is_done, finished_at, done_name, done_day) OVERRIDING SYSTEM VALUE",
               {number(), number("$::int"), blob(), blob(), number(), number(), number(),
                number(), number(),         flag(), blob(), number(), number(), number(),
                number(), number(),         flag(), flag(), number(), blob(),   number()}),
          file_count(
              db, "INSERT INTO file_count(file, node, delivered, rejected, discarded, held, at)",
              {number(), number("$::int"), number(), number(), number(), number(), number()}),
          refused(db, "INSERT INTO refused(file, line, \"offset\", length, reason)",
                  {number(), number(), number(), number(), text()}),
          duplicate(db, "INSERT INTO duplicate(file, line, count, event)",
                    {number(), number(), number(), number()}),
          meta(db),
          history(db,
                  "INSERT INTO history(slot, node, delivered, rejected, deferred, in_doubt, "
                  "duplicate, discarded) VALUES($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT "
                  "(slot, node) DO UPDATE SET delivered = history.delivered + $3, rejected = "
                  "history.rejected + $4, deferred = history.deferred + $5, in_doubt = "
                  "history.in_doubt + $6, duplicate = history.duplicate + $7, discarded = "
                  "history.discarded + $8") {}

    void flush() {
        for (auto* const table : {&account, &account_run, &note, &mark, &span, &claim, &pack,
                                  &identity, &attempt, &file, &file_count, &refused, &duplicate})
            table->flush();
    }

    bulk_insert account;
    bulk_insert account_run;
    bulk_insert note;
    bulk_insert mark;
    bulk_insert span;
    bulk_insert claim;
    bulk_insert pack;
    bulk_insert identity;
    bulk_insert attempt;
    bulk_insert file;
    bulk_insert file_count;
    bulk_insert refused;
    bulk_insert duplicate;
    meta_table meta;
    statement history;
};

whole_import::whole_import(place const& to)
    : place_(to), db_({to.postgres, "setclickd-import", to.password}, call_limit) {
    db_.connect();
    prepare_schema(db_);
    into_ = std::make_unique<inserts>(db_);
}

whole_import::~whole_import() = default;

/// Whoever writes, or begins to, waits or is refused from here on; whoever writes now refuses us.
void whole_import::take_lock() {
    try {
        db_.ask("LOCK TABLE node, lane, account, file, identity, meta IN EXCLUSIVE MODE NOWAIT",
                parameters());
    } catch (failure const& f) {
        if (f.what_failed().code != errc::busy) throw;
        throw failure(fail(errc::busy,
                           "somebody else works with this database just now: stop every setclickd "
                           "on it and try again"));
    }
}

bool whole_import::is_empty() {
    for (auto const* const table :
         {"account", "file", "pack", "span", "claim", "identity", "attempt", "history"}) {
        auto const sql = "SELECT EXISTS (SELECT 1 FROM \"" + std::string(table) + "\")";
        auto row = db_.ask(sql.c_str(), parameters());
        if (row.next() && row.integer(0) != 0) return false;
    }
    return true;
}

ledger_target::content whole_import::begin(ledger_name const& source) {
    source_ = source;
    db_.begin();
    take_lock();
    if (!is_empty()) {
        auto row = db_.ask("SELECT number FROM meta WHERE key = $1", parameters(source_commits));
        auto const at = row.next() ? row.number(0) : 0;
        if (ledger_id(db_) != source.id)
            throw failure(
                fail(errc::refused, "the database holds a ledger already (" + ledger_id(db_) +
                                        "): a ledger is taken over into an empty database only"));
        if (at != source.commits)
            throw failure(
                fail(errc::refused,
                     "the database holds an earlier state of this ledger: a daemon has worked with "
                     "the file since. Empty the database (DROP SCHEMA … CASCADE) and try again"));
        return content::this_ledger;
    }
    db_.ask("UPDATE ledger SET id = $1", parameters(std::string_view(source.id)));
    make_node(source.run);
    meta(source_commits, static_cast<std::int64_t>(source.commits));
    return content::nothing;
}

/// The node that goes on with it: its starts are counted on where the file's were.
void whole_import::make_node(std::uint64_t run) {
    auto others = db_.ask("SELECT 1 FROM node WHERE epoch > 0", parameters());
    if (others.next())
        throw failure(fail(errc::refused,
                           "a setclickd has worked with this database already: a "
                           "ledger is taken over into an empty database only"));
    auto const name = place_.node_name.empty() ? place_.node : place_.node_name;
    db_.ask("DELETE FROM node WHERE name = $1", parameters(std::string_view(name)));
    auto row = db_.ask("INSERT INTO node(id, name, epoch) VALUES($1, $2, $3) RETURNING no",
                       parameters(std::string_view(imported_node), std::string_view(name), run));
    if (row.next()) node_ = row.integer(0);
    into_->meta.know_node(node_);
}

void whole_import::account(account_row const& row) {
    auto const in = [&](event_state s) { return row.counts[static_cast<std::size_t>(s)]; };
    into_->account.add(row.no, std::string_view(row.id), row.next_sequence, row.duplicate,
                       row.refused);
    auto const taken_back = text_of_taken_back(row.taken_back);
    into_->account_run.add(row.no, node_, source_.run, in(event_state::in_flight),
                           in(event_state::deferred), in(event_state::held),
                           in(event_state::delivered), in(event_state::rejected),
                           in(event_state::discarded), row.in_doubt_ever, row.last_delivered,
                           std::string_view(taken_back));
    next_ids_.push_back(row.next_id());
}

void whole_import::note(account_no account, std::string_view text) {
    // What all accounts share is each node's own.
    into_->note.add(account == endpoint_account ? -node_ : static_cast<std::int64_t>(account),
                    text);
}

void whole_import::mark(account_no account, std::int64_t day, std::uint64_t first) {
    into_->mark.add(account, day, first);
}

void whole_import::span(span_row const& row) {
    auto const account = event_no{row.first}.account();
    if (row.is.state == event_state::in_flight) {
        into_->claim.add(row.first, row.last, account, node_, row.is.run, row.is.policy,
                         row.is.failed, row.is.at, bits_of(row));
        return;
    }
    // What waits at an account's end as it was imported has no row.
    auto const index = static_cast<std::size_t>(account) - 1;
    if (row.is == span_state{} && index < next_ids_.size() && row.last + 1 == next_ids_[index])
        return;
    into_->span.add(row.first, row.last, account, row.is.state, row.is.failed,
                    std::string_view(row.is.reason), row.is.at, row.is.due);
}

void whole_import::pack(pack_rows::row const& row) {
    into_->pack.add(row.from.first, row.from.last - row.from.first + 1, row.from.file,
                    row.from.imported_at, row.lines, row.lengths, row.body);
}

void whole_import::identity(identity_entry const& entry) {
    into_->identity.add(entry.key, entry.event, entry.content);
}

void whole_import::attempt(std::uint64_t event, std::uint64_t seq, attempt_receipt const& row) {
    into_->attempt.add(event, seq, row.kind, row.n, to_ms(row.at), row.state, row.counted,
                       row.in_doubt, row.status, row.phase, std::string_view(row.reason),
                       std::string_view(row.excerpt));
}

void whole_import::file(whole_file const& row) {
    auto const& f = row.info;
    bool const is_done = f.state == file_state::done;
    // When it became complete follows from when it was read and when its last event ended.
    auto const ended = to_ms(f.finished_at);
    into_->file.add(f.no, node_, std::string_view(f.claimed.name),
                    std::string_view(f.claimed.work_name), f.claimed.device, f.claimed.inode,
                    f.claimed.size, f.offset, f.line, f.at_end, std::string_view(f.reader_state),
                    f.accepted, f.duplicate, f.refused, ended, to_ms(f.claimed_at), !is_done,
                    is_done, is_done ? ended : 0, std::string_view(row.done_name), row.done_day);
    if (f.delivered + f.rejected + f.discarded + f.held > 0)
        into_->file_count.add(f.no, node_, f.delivered, f.rejected, f.discarded, f.held, ended);
}

void whole_import::refused(file_no file, refused_row const& row) {
    into_->refused.add(file, row.line, row.offset, row.length, std::string_view(row.reason));
}

void whole_import::duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                              std::uint64_t event) {
    into_->duplicate.add(file, line, count, event);
}

void whole_import::history(history_slot const& slot) {
    auto const& c = slot.counts;
    into_->history.run(slot.number, node_, c.delivered, c.rejected, c.deferred, c.in_doubt,
                       c.duplicate, c.discarded);
}

void whole_import::meta(std::string_view key, std::int64_t value) {
    into_->meta.set(key, value);
}

void whole_import::meta(std::string_view key, std::string_view value) {
    into_->meta.set(key, value);
}

void whole_import::flush() {
    into_->flush();
    db_.ask(
        "SELECT setval(pg_get_serial_sequence('file', 'no'), greatest((SELECT max(no) FROM file), "
        "(SELECT max(file) FROM pack), 1))",
        parameters());
}

transfer_counts whole_import::counts() {
    flush();
    // The part of an account that has no row is a span, too.
    auto row = db_.ask(
        "SELECT (SELECT count(*) FROM account), (SELECT coalesce(sum(next_sequence - 1), "
        "0)::bigint FROM account), (SELECT coalesce(sum(delivered), 0)::bigint FROM account_run), "
        "(SELECT coalesce(sum(next_sequence - 1 - delivered - rejected - discarded), 0)::bigint "
        "FROM account JOIN account_run ON account = no), (SELECT count(*) FROM span) + (SELECT "
        "count(*) FROM claim) + (SELECT count(*) FROM account WHERE next_sequence > 1 AND "
        "((no::bigint << 40) + next_sequence) > 1 + greatest((SELECT coalesce(max(last), 0) FROM "
        "span WHERE span.account = no), (SELECT coalesce(max(last), 0) FROM claim WHERE "
        "claim.account = no))), (SELECT count(*) FROM pack), (SELECT "
        "coalesce(sum(octet_length(body)), 0)::bigint FROM pack), (SELECT count(*) FROM identity), "
        "(SELECT count(*) FROM attempt), (SELECT count(*) FROM file), (SELECT "
        "coalesce(sum(accepted), 0)::bigint FROM file), (SELECT count(*) FROM refused), (SELECT "
        "coalesce(sum(count), 0)::bigint FROM duplicate), (SELECT count(*) FROM account_note), "
        "(SELECT count(*) FROM mark), (SELECT coalesce(sum(delivered + rejected + deferred + "
        "in_doubt + duplicate + discarded), 0)::bigint FROM history)",
        parameters());
    transfer_counts out;
    if (!row.next()) return out;
    int column = 0;
    for (auto const& count : transfer_count_names)
        out.*count.value = row.number(column++);
    return out;
}

std::vector<std::string> whole_import::findings() {
    return inspect(db_).findings;
}

void whole_import::commit() {
    if (db_.commit() == session::outcome::done) return;
    if (!was_committed())
        throw failure(fail(errc::unreachable,
                           "PostgreSQL: the connection broke before COMMIT; nothing was changed"));
}

/// The row is locked for as long as the old transaction is not over.
bool whole_import::was_committed() {
    db_.connect();
    auto row = db_.ask("UPDATE ledger SET id = id RETURNING id", parameters());
    return row.next() && row.text(0) == source_.id;
}

}  // namespace setclick::ledger::postgres
