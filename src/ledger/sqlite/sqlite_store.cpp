#include "sqlite_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "adoption_run.hpp"
#include "crash_recovery.hpp"
#include "cycle_run.hpp"
#include "importer.hpp"
#include "operation_run.hpp"
#include "pruner.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"

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

/// SQLite would make it readable to everybody, where the caller's umask does not prevent that; its
/// log and its index take the mode of the file. What goes wrong here, SQLite reports.
void make_private(std::string const& path) {
    unique_fd const made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
}

connection open_for_writing(std::string const& path) {
    refuse_orphaned_log(path);
    make_private(path);
    return {path, connection::mode::create};
}

}  // namespace

sqlite_store::sqlite_store(options const& opts, lock_file lock)
    : options_(opts),
      lock_(std::move(lock)),
      reserve_(opts.where.path, opts.sqlite.reserve),
      db_(open_for_writing(opts.where.path)) {
    prepare_for_writing(db_, opts.sqlite.cache_kib);
    migrate(db_);
    t_.emplace(db_);
    claimer_.emplace(db_);
    id_ = t_->meta.text("ledger_id");
    run_ = static_cast<std::uint64_t>(t_->meta.number("run"));
    full_ = !reserve_.restore();
}

sqlite_store::~sqlite_store() = default;

result<std::unique_ptr<sqlite_store>> sqlite_store::open(options const& opts) {
    auto lock = lock_file::take(opts.where.path);
    if (!lock) return lock.error();
    try {
        return std::unique_ptr<sqlite_store>(new sqlite_store(opts, std::move(lock).value()));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

template <class Body>
auto sqlite_store::look(Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    try {
        return body();
    } catch (failure const& f) {
        return failed(f.what_failed());
    }
}

template <class Body>
auto sqlite_store::change(purpose why, fault_step step, Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    if (why == purpose::grow && full_ && !may_grow())
        return fail(errc::disk_full,
                    "no room left on the disk of the ledger " + printable(db_.path(), 4096));
    for (int tries = 0;; ++tries) {
        try {
            transaction change(db_);
            auto out = body();
            t_->flush();
            change.commit(step);
            t_->trim();
            return out;
        } catch (failure const& f) {
            auto const e = failed(f.what_failed());
            if (broken_) return *broken_;
            if (e.code != errc::disk_full || why != purpose::settle || tries == 2 || !find_room())
                return e;
        }
    }
}

template <class Body>
result<void> sqlite_store::change_only(purpose why, fault_step step, Body&& body) {
    auto const done = change(why, step, [&] {
        body();
        return true;
    });
    if (!done) return done.error();
    return {};
}

/// Called after the rollback. An error of the disk ends all further work: what is in memory may
/// not be what is on disk.
error sqlite_store::failed(error e) {
    if (e.code != errc::io) {
        try {
            t_->forget();
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

result<recovery> sqlite_store::recover(wall_time now, last_end const& end) {
    auto const is_copy = look([&] { return t_->meta.number(copy_mark) != 0; });
    if (!is_copy) return is_copy.error();
    if (*is_copy)
        return fail(
            errc::io,
            "the ledger " + printable(db_.path(), 4096) +
                " is a copy (setclickd ledger backup): what was delivered since is not in it. Run "
                "`setclickd ledger adopt`; nothing was touched");
    return end_earlier_run(now, end);
}

result<recovery> sqlite_store::end_earlier_run(wall_time now, last_end const& end) {
    auto const current = recovered_ ? run_ : run_ + 1;
    auto found = change(purpose::settle, "ledger.recover", [&] {
        recovery out;
        crash_recovery part(*t_, current, now);
        if (!recovered_) {
            t_->meta.set("run", static_cast<std::int64_t>(current));
            out.crash_lines = part.note_end(end);
        }
        part.end_claims(end, out);
        return out;
    });
    if (!found) return found;
    run_ = current;
    recovered_ = true;
    return look([&] {
        auto out = std::move(*found);
        out.run = run_;
        out.files = t_->files.not_done();
        out.endpoint_note = t_->note_of(account_no{0});
        for (auto const& a : t_->accounts.all())
            out.accounts.push_back(t_->info_of(a));
        return out;
    });
}

result<adoption_report> sqlite_store::adopt(adoption const& how, wall_time now) {
    // What was in flight is in doubt like all the rest.
    if (auto const ended = end_earlier_run(now, {}); !ended) return ended.error();
    auto const run = std::max(run_, how.at_least_run);
    adoption_report report;
    adoption_run part(*t_, how, now);
    for (bool more = true; more;) {
        auto const before = report;
        auto const done = change(purpose::grow, "ledger.operate", [&] {
            report = before;
            t_->meta.set("run", static_cast<std::int64_t>(run));
            return part.slice(report);
        });
        if (!done) return done.error();
        more = *done;
    }
    run_ = run;
    report.id = id_;
    report.run = run_;
    return report;
}

result<account_no> sqlite_store::account(std::string_view id) {
    if (broken_) return *broken_;
    if (auto const* known = t_->accounts.named(id)) return known->no;
    return change(purpose::grow, "ledger.account", [&] { return t_->accounts.add(id).no; });
}

result<std::vector<account_info>> sqlite_store::accounts() {
    return look([&] {
        std::vector<account_info> out;
        for (auto const& a : t_->accounts.all())
            out.push_back(t_->info_of(a));
        return out;
    });
}

result<import_answer> sqlite_store::import(std::span<claimed_file const> files,
                                           std::span<import_chunk const> chunks, wall_time now) {
    return change(purpose::grow, "ledger.import", [&] {
        return importer(*t_, options_.identity_window, files, chunks, now).run();
    });
}

result<cycle_result> sqlite_store::cycle(cycle_request const& request) {
    auto const why = request.wishes.empty() ? purpose::settle : purpose::grow;
    return change(why, "ledger.cycle",
                  [&] { return cycle_run(*t_, *claimer_, run_, request).run(); });
}

result<void> sqlite_store::files_done(std::span<done_file const> files, wall_time now) {
    return change_only(purpose::settle, "ledger.done", [&] {
        for (auto const& file : files)
            t_->files.done(file, to_ms(now), t_->age.today());
    });
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

result<operation_slice> sqlite_store::operate(operation const& what, event_no after,
                                              wall_time now) {
    auto const body = [&] { return run_operation(*t_, what, after, now); };
    if (what.dry_run) return look(body);
    return change(purpose::grow, "ledger.operate", body);
}

result<prune_slice> sqlite_store::prune(retention const& keep, wall_time now,
                                        milliseconds elapsed) {
    auto const before = t_->age.milliseconds_old();
    auto done = change(purpose::grow, "ledger.prune", [&] {
        t_->age.grow(t_->meta, now, elapsed);
        if (!pruner_) pruner_ = std::make_unique<pruner>(*t_, options_.identity_window);
        pruner_->begin(t_->age.today(), keep);
        return pruner_->slice(to_ms(now));
    });
    // What was swept in a transaction that failed is swept again.
    if (!done) {
        t_->age.restore(before);
        pruner_.reset();
    }
    return done;
}

result<void> sqlite_store::files_removed(std::span<file_no const> files) {
    return change_only(purpose::settle, "ledger.prune", [&] {
        for (auto const no : files)
            t_->files.removed(no);
    });
}

result<void> sqlite_store::keep_verdict(account_no account, std::string_view verdict) {
    auto const key = verdict_key(account);
    return change_only(purpose::grow, "ledger.operate", [&] { t_->meta.set(key, verdict); });
}

result<std::optional<std::uint64_t>> sqlite_store::free_bytes() {
    auto const room = reserve_.free_bytes();
    if (!room) return room.error();
    return std::optional<std::uint64_t>(*room);
}

}  // namespace setclick::ledger
