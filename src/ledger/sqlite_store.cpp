#include "sqlite_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "pruner.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

/// A log without its ledger is what a lost or moved ledger leaves behind. SQLite would drop it and
/// begin anew.
void refuse_orphaned_log(std::string const& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0) return;
    auto const log = path + "-wal";
    if (::stat(log.c_str(), &found) != 0 || found.st_size == 0) return;
    throw failure(fail(errc::io, "the ledger " + printable(path, 4096) + " is missing, its log " +
                                     printable(log, 4096) +
                                     " is there; put the ledger back, or restore a backup"));
}

connection open_for_writing(std::string const& path) {
    refuse_orphaned_log(path);
    return {path, connection::mode::create};
}

}  // namespace

sqlite_store::tables::tables(connection& db)
    : accounts(db),
      files(db),
      packs(db),
      spans(db),
      identities(db),
      attempts(db),
      waiting_spans(db,
                    "SELECT first FROM span WHERE state = 0 AND state <> 4 AND account = ? "
                    "ORDER BY due, first LIMIT ?"),
      due_spans(db,
                "SELECT first FROM span WHERE state = 2 AND state <> 4 AND account = ? AND "
                "due <= ? ORDER BY due LIMIT ?"),
      misdated_spans(db,
                     "SELECT first FROM span WHERE state = 2 AND state <> 4 AND account = ? AND "
                     "due > ? ORDER BY due LIMIT ?"),
      due_times(db,
                "SELECT due, (SELECT max(due) FROM span WHERE state = 2 AND state <> 4 AND "
                "account = ?1) FROM span WHERE state = 2 AND state <> 4 AND account = ?1 "
                "ORDER BY due LIMIT 1"),
      in_flight_spans(db, std::string("SELECT ") + span_columns +
                              " FROM span WHERE state = 1 AND state <> 4 AND run <> ?"),
      oldest_pending(db,
                     "SELECT min(first) FROM span WHERE state = ?2 AND state <> 4 AND "
                     "account = ?1"),
      note(db, "INSERT OR REPLACE INTO account_note(account, state) VALUES(?, ?)"),
      select_note(db, "SELECT state FROM account_note WHERE account = ?"),
      refuse(db, "INSERT INTO refused(file, line, offset, length, reason) VALUES(?, ?, ?, ?, ?)"),
      duplicate(db, "INSERT INTO duplicate(file, line, count, event) VALUES(?, ?, ?, ?)"),
      add_mark(db, "INSERT OR IGNORE INTO mark(account, day, first) VALUES(?, ?, ?)"),
      select_mark(db, "SELECT min(first) FROM mark WHERE account = ? AND day > ?"),
      select_meta(db, "SELECT value FROM meta WHERE key = ?"),
      update_meta(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)") {}

sqlite_store::sqlite_store(options const& opts, lock_file lock)
    : options_(opts),
      lock_(std::move(lock)),
      reserve_(opts.path, opts.reserve),
      db_(open_for_writing(opts.path)) {
    prepare_for_writing(db_, opts.cache_kib);
    migrate(db_);
    t_.emplace(db_);
    id_ = meta_text("ledger_id");
    run_ = static_cast<std::uint64_t>(meta("run"));
    age_ms_ = meta("age_ms");
    full_ = !reserve_.restore();
}

sqlite_store::~sqlite_store() = default;

result<std::unique_ptr<store>> store::open(options const& opts) {
    auto lock = lock_file::take(opts.path);
    if (!lock) return lock.error();
    try {
        return std::unique_ptr<store>(
            std::make_unique<sqlite_store>(opts, std::move(lock).value()));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

void sqlite_store::flush() {
    t_->spans.flush();
    t_->accounts.flush();
}

void sqlite_store::forget() {
    t_->spans.forget();
    t_->packs.forget();
    t_->files.reload();
    t_->accounts.reload();
    age_ms_ = meta("age_ms");
}

void sqlite_store::trim() noexcept {
    t_->spans.trim();
    t_->packs.trim();
}

/// Called behind the rollback. An error of the disk ends all further work: what is in memory may
/// not be what is on disk.
error sqlite_store::failed(error e) {
    if (e.code != errc::io) {
        try {
            forget();
        } catch (failure const& f) {
            e = f.what_failed();
        }
    }
    if (e.code == errc::io) broken_ = e;
    if (e.code == errc::disk_full) full_ = true;
    return e;
}

bool sqlite_store::may_grow() {
    full_ = !reserve_.has_room_again();
    return !full_;
}

/// For a settle on a full disk: gives up the reserve, and makes the log begin again in the room
/// that it has. False when neither helped.
bool sqlite_store::find_room() {
    bool const released = reserve_.is_whole();
    if (released) reserve_.release();
    int in_log = 0;
    int copied = 0;
    int const code = sqlite3_wal_checkpoint_v2(db_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                               &in_log, &copied);
    return released || (code == SQLITE_OK && in_log == copied);
}

std::int64_t sqlite_store::meta(std::string_view key) {
    auto rows = t_->select_meta.rows(key);
    return rows.next() ? rows.integer(0) : 0;
}

void sqlite_store::set_meta(std::string_view key, std::int64_t value) {
    t_->update_meta.run(key, value);
}

std::string sqlite_store::meta_text(std::string_view key) {
    auto rows = t_->select_meta.rows(key);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

std::uint64_t sqlite_store::older_than(account_no account, std::int64_t days) {
    if (days <= 0 || today() - days < 0) return 0;
    auto rows = t_->select_mark.rows(account, today() - days);
    if (rows.next() && !rows.is_null(0)) return rows.number(0);
    return t_->accounts.at(account).next_id();
}

result<account_no> sqlite_store::account(std::string_view id) {
    if (broken_) return *broken_;
    if (auto const* known = t_->accounts.named(id)) return known->no;
    return change(purpose::grow, "ledger.account", [&] { return t_->accounts.add(id).no; });
}

result<void> sqlite_store::files_done(std::span<done_file const> files, wall_time now) {
    auto const done = change(purpose::settle, "ledger.done", [&] {
        for (auto const& file : files)
            t_->files.done(file, to_ms(now), today());
        return true;
    });
    if (!done) return done.error();
    return {};
}

result<std::vector<file_info>> sqlite_store::unfinished_files() {
    return look([&] { return t_->files.not_done(); });
}

result<file_info> sqlite_store::file(file_no no) {
    return look([&] { return t_->files.get(no); });
}

result<std::vector<file_info>> sqlite_store::files(std::span<file_no const> numbers) {
    return look([&] {
        // One read transaction: a lock taken for each file costs more than its row.
        reading const together(db_);
        std::vector<file_info> out;
        out.reserve(numbers.size());
        for (auto const no : numbers)
            out.push_back(t_->files.get(no));
        return out;
    });
}

result<std::uint64_t> sqlite_store::free_bytes() {
    return reserve_.free_bytes();
}

}  // namespace setclick::ledger
