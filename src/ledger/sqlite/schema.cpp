#include "schema.hpp"

#include <array>

#include "checked_pages.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::ledger {
namespace {

/// Version 1. Ids of events are account << 40 | sequence, dense for each account.
///
/// - pack: up to 64 events of one account with consecutive ids out of one file. `lines` "17-80,82":
/// their line numbers;
///   `lengths` "412 418": bytes of each record in `body`, where '\n' separates them.
/// - span: tiles each account's ids, and is the only home of state. state: 0 waiting, 1 in flight,
/// 2 deferred, 3 held,
///   4 delivered, 5 rejected, 6 discarded. A span in flight is one claim; `settled` is a bit for
///   each of its ids (lowest first) that has been delivered already. `failed` = 1: its events may
///   have rows in attempt. at, due: milliseconds.
/// - identity: sorted blocks of entries; see identity_index.cpp. Block 1 begins at the empty key.
/// - attempt: what deviates from "one attempt, delivered". kind: 0 attempt, 1 ended by a restart, 2
/// a person's command, 3 superseded by a newer event.
/// - duplicate: line + i is a duplicate of event + i, for i below count.
/// - mark: the first id of an account that was imported on a day of the ledger's own age.
constexpr char const* step_1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE account(
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, next_sequence INTEGER NOT NULL DEFAULT 1,
  waiting INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0,
  deferred INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0,
  discarded INTEGER NOT NULL DEFAULT 0, duplicate INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0, in_doubt_ever INTEGER NOT NULL DEFAULT 0,
  last_delivered INTEGER NOT NULL DEFAULT 0);
CREATE TABLE account_note(account INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE file(
  no INTEGER PRIMARY KEY, name TEXT NOT NULL, work_name TEXT NOT NULL,
  device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, offset INTEGER NOT NULL DEFAULT 0,
  line INTEGER NOT NULL DEFAULT 1, at_end INTEGER NOT NULL DEFAULT 0,
  reader_state TEXT NOT NULL DEFAULT '', accepted INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0, discarded INTEGER NOT NULL DEFAULT 0,
  claimed_at INTEGER NOT NULL, finished_at INTEGER NOT NULL DEFAULT 0,
  done_name TEXT NOT NULL DEFAULT '', done_day INTEGER NOT NULL DEFAULT 0);
CREATE INDEX file_not_done ON file(no) WHERE state < 3;
CREATE INDEX file_by_name ON file(name);
CREATE TABLE pack(
  first INTEGER PRIMARY KEY, count INTEGER NOT NULL, file INTEGER NOT NULL,
  imported_at INTEGER NOT NULL, lines TEXT NOT NULL, lengths TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX pack_by_file ON pack(file);
CREATE TABLE span(
  first INTEGER PRIMARY KEY, last INTEGER NOT NULL, account INTEGER NOT NULL,
  state INTEGER NOT NULL, failed INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
  due INTEGER NOT NULL, run INTEGER NOT NULL, policy INTEGER NOT NULL, settled BLOB);
CREATE INDEX span_by_state ON span(state, account, due) WHERE state <> 4;
CREATE TABLE identity(
  block INTEGER PRIMARY KEY, first BLOB NOT NULL UNIQUE, entries BLOB NOT NULL);
INSERT INTO identity(block, first, entries) VALUES(1, x'', x'');
CREATE TABLE attempt(
  event INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, n INTEGER NOT NULL,
  at INTEGER NOT NULL, state INTEGER NOT NULL, counted INTEGER NOT NULL,
  in_doubt INTEGER NOT NULL, status INTEGER NOT NULL, phase INTEGER NOT NULL,
  reason TEXT NOT NULL, excerpt TEXT NOT NULL, PRIMARY KEY(event, seq)) WITHOUT ROWID;
CREATE TABLE refused(
  file INTEGER NOT NULL, line INTEGER NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(file, line)) WITHOUT ROWID;
CREATE TABLE duplicate(
  file INTEGER NOT NULL, line INTEGER NOT NULL, count INTEGER NOT NULL,
  event INTEGER NOT NULL, PRIMARY KEY(file, line)) WITHOUT ROWID;
CREATE TABLE mark(
  account INTEGER NOT NULL, day INTEGER NOT NULL, first INTEGER NOT NULL,
  PRIMARY KEY(account, day)) WITHOUT ROWID;
INSERT INTO meta VALUES('ledger_id', lower(hex(randomblob(16))));
INSERT INTO meta VALUES('run', 0);
INSERT INTO meta VALUES('refused_without_account', 0);
INSERT INTO meta VALUES('age_ms', 0);
INSERT INTO meta VALUES('age_seen_at', 0);
)sql";

/// Version 2. An index whose condition names the state is written anew at each change of the state;
/// this one is written when a file comes and when it is done.
constexpr char const* step_2 = R"sql(
ALTER TABLE file ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 1;
UPDATE file SET unfinished = 0 WHERE state = 3;
DROP INDEX file_not_done;
CREATE INDEX file_not_done ON file(no) WHERE unfinished = 1;
)sql";

/// Version 3. Pages carry checksums (checked_pages.hpp), which an earlier program would not keep up,
/// and a pack one over its row. Those of what an earlier version wrote are made afterwards
/// (sum_upgrade.hpp); until then a pack has NULL.
constexpr char const* step_3 = "ALTER TABLE pack ADD COLUMN sum INTEGER;";

/// Version 4. Checksums are another function's, which an earlier program would take for damage; those
/// that version 3 wrote stay good.
constexpr char const* step_4 = "";

/// Version 5. How many of a file's pending events are held: they wait for a person, not for us. A pack
/// holds at most 64 events.
constexpr char const* step_5 = R"sql(
ALTER TABLE file ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
UPDATE file SET held = counted.held FROM (
  SELECT pack.file AS of, sum(min(span.last, pack.first + pack.count - 1) -
    max(span.first, pack.first) + 1) AS held
  FROM span CROSS JOIN pack ON pack.first > span.first - 64 AND pack.first <= span.last
  WHERE span.state = 3 AND span.state <> 4 AND pack.first + pack.count > span.first
  GROUP BY pack.file) AS counted WHERE file.no = counted.of;
)sql";

/// Version 6. How many events became what in each quarter of an hour. slot: quarters of an hour since
/// 1970; begun: in which order, so that the ring goes by no clock. In meta, `history`: the slot in
/// progress; `history_before`: the sum of what is in no slot (any more).
constexpr char const* step_6 = R"sql(
CREATE TABLE history(
  slot INTEGER PRIMARY KEY, begun INTEGER NOT NULL, delivered INTEGER NOT NULL,
  rejected INTEGER NOT NULL, deferred INTEGER NOT NULL, in_doubt INTEGER NOT NULL,
  duplicate INTEGER NOT NULL, discarded INTEGER NOT NULL);
INSERT OR REPLACE INTO meta VALUES('history', '0 0 0 0 0 0 0');
INSERT OR REPLACE INTO meta SELECT 'history_before', ifnull(sum(delivered), 0) || ' ' ||
  (ifnull(sum(rejected + refused), 0) + (SELECT value FROM meta WHERE key =
  'refused_without_account')) || ' 0 ' || ifnull(sum(in_doubt_ever), 0) || ' ' ||
  ifnull(sum(duplicate), 0) || ' ' || ifnull(sum(discarded), 0) FROM account;
)sql";

constexpr std::array<char const*, schema_version> steps{step_1, step_2, step_3,
                                                        step_4, step_5, step_6};

std::int64_t pragma(connection& db, char const* sql) {
    statement ask(db, sql);
    auto rows = ask.rows();
    return rows.next() ? rows.integer(0) : 0;
}

[[noreturn]] void refuse_foreign(connection const& db) {
    throw failure(fail(errc::invalid_data, printable(db.path(), 4096) +
                                               " is a database, but not a ledger of setclickd; "
                                               "ledger.path must name a file of its own"));
}

[[noreturn]] void refuse_version(connection const& db, std::int64_t found) {
    throw failure(
        fail(errc::config, "the ledger " + printable(db.path(), 4096) + " has version " +
                               std::to_string(found) + ", setclickd " + std::string(version()) +
                               " knows version " + std::to_string(schema_version) +
                               (found > schema_version ? "; start the newer setclickd that wrote it"
                                                       : "; start the daemon once to migrate it")));
}

}  // namespace

std::string verdict_key(account_no account) {
    return "verdict/" + std::to_string(static_cast<std::uint32_t>(account));
}

void prepare_for_writing(connection& db, std::uint32_t cache_kib) {
    // The first statement reads the file's head: a damaged one is found here.
    pragma(db, "PRAGMA schema_version");
    db.run("PRAGMA page_size = 4096");
    reserve_page_sums(db.handle());
    db.run("PRAGMA journal_mode = WAL");
    db.run(
        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;"
        // Debian's SQLite overwrites what it frees; that would double the writes.
        "PRAGMA secure_delete = OFF; PRAGMA wal_autocheckpoint = 1000;"
        "PRAGMA journal_size_limit = 67108864; PRAGMA recursive_triggers = OFF");
    db.run(("PRAGMA cache_size = -" + std::to_string(cache_kib)).c_str());
    // The log stays when the daemon ends, so that users who may only read can still open the
    // ledger.
    int keep = 1;
    sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

void prepare_for_reading(connection& db) {
    db.run("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096");
}

void require_version(connection& db) {
    if (pragma(db, "PRAGMA application_id") != application_id) refuse_foreign(db);
    if (auto const found = pragma(db, "PRAGMA user_version"); found != schema_version)
        refuse_version(db, found);
}

void require_readable_accounts(connection& db) {
    if (pragma(db, "PRAGMA application_id") != application_id) refuse_foreign(db);
    if (auto const found = pragma(db, "PRAGMA user_version"); found > schema_version)
        refuse_version(db, found);
}

content content_of(connection& db) {
    if (pragma(db, "SELECT count(*) FROM sqlite_master") == 0) return content::nothing;
    bool const is_ledger =
        pragma(db, "SELECT count(*) FROM sqlite_master WHERE name = 'meta'") != 0 &&
        pragma(db, "PRAGMA application_id") == application_id;
    return is_ledger ? content::ledger : content::something_else;
}

void migrate(connection& db) {
    auto const found = pragma(db, "PRAGMA user_version");
    auto const id = pragma(db, "PRAGMA application_id");
    bool const empty = pragma(db, "SELECT count(*) FROM sqlite_master") == 0;
    if (id != application_id && !(empty && id == 0 && found == 0)) refuse_foreign(db);
    if (found > schema_version) refuse_version(db, found);
    if (found == schema_version) return;
    transaction change(db);
    for (auto step = found; step < schema_version; ++step)
        db.run(steps[static_cast<std::size_t>(step)]);
    db.run(("PRAGMA application_id = " + std::to_string(application_id) +
            "; PRAGMA user_version = " + std::to_string(schema_version))
               .c_str());
    change.commit("ledger.create");
}

}  // namespace setclick::ledger
