#include "sqlite_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <chrono>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "../core/adoption_run.hpp"
#include "../core/crash_recovery.hpp"
#include "../core/cycle_run.hpp"
#include "../core/importer.hpp"
#include "../core/operation_run.hpp"
#include "../core/pruner.hpp"
#include "backup.hpp"
#include "ledger_files.hpp"
#include "lock_holders.hpp"
#include "row_export.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "sum_upgrade.hpp"

namespace setclick::ledger {
namespace {

/// SQLite cuts a log that is folded down to this size (`prepare_for_writing`): one that is larger is
/// not folded.
constexpr std::uint64_t large_log = std::uint64_t{64} << 20;

/// SQLite would make it readable to everybody, where the caller's umask does not prevent that; its
/// log and its index take the mode of the file. What goes wrong here, SQLite reports.
void make_private(std::string const& path) {
    unique_fd const made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
}

}  // namespace

sqlite_store::sqlite_store(options const& opts, lock_file lock, use what,
                           std::optional<mark_values> const& mark)
    : options_(opts),
      lock_(std::move(lock)),
      reserve_(opts.where.path, opts.sqlite.reserve),
      db_(opts.where.path, connection::mode::create, opts.sqlite.lock_wait),
      mark_(opts.where.path),
      presence_(opts.where.path) {
    // Until it is certain that this is the right ledger, closing it must not fold the log into it.
    db_.fold_log_on_close(false);
    verify(what, mark);
    prepare_for_writing(db_, opts.sqlite.cache_kib);
    migrate(db_);
    auto const room = reserve_.free_bytes();
    give_sums(db_, mark_, room ? *room : 0, opts.rewriting);
    log_.emplace(db_.handle(), opts.where.path);
    rows_.emplace(db_);
    t_.emplace(rows_->rows());
    id_ = t_->meta.text("ledger_id");
    run_ = static_cast<std::uint64_t>(t_->meta.number("run"));
    commits_ = static_cast<std::uint64_t>(t_->meta.number(commits_key));
    // An older ledger that is adopted goes on where its mark left off.
    if (what == use::adopt && mark) commits_ = std::max(commits_, mark->commits);
    full_ = !reserve_.restore();
}

/// Before anything is written: the ledger is the one that its mark and its user mean.
void sqlite_store::verify(use what, std::optional<mark_values> const& mark) {
    auto const found = content_of(db_);
    if (found != content::ledger) {
        // Neither must ever begin a new ledger.
        if (what != use::work)
            throw failure(fail(errc::invalid_data,
                               printable(db_.path(), 4096) + " holds no ledger of setclickd"));
        if (mark && found == content::nothing)
            require_marked_content(db_.path(), *mark, mark->ledger, 0);
        return;  // something else is refused by `migrate`
    }
    meta_table meta(db_);
    auto const id = meta.text("ledger_id");
    require_one_ledger(db_.path(), id);
    if (what == use::adopt) return;
    if (meta.number(copy_mark) == taken_over_mark)
        throw failure(
            fail(errc::io, "the ledger " + printable(db_.path(), 4096) +
                               " has been taken over into PostgreSQL (setclickd ledger import): "
                               "what was delivered since is not in it. Name that database in "
                               "[ledger] postgres; nothing was touched. To go on with the file "
                               "all the same: `setclickd ledger adopt`"));
    if (meta.number(copy_mark) != 0)
        throw failure(
            fail(errc::io, "the ledger " + printable(db_.path(), 4096) +
                               " is a copy (setclickd ledger backup): what was delivered since is "
                               "not in it. Run `setclickd ledger adopt`; nothing was touched"));
    if (options_.accept)
        if (auto const right = options_.accept(id, static_cast<std::uint64_t>(meta.number("run")));
            !right)
            throw failure(right.error());
    if (mark) require_marked_content(db_.path(), *mark, id, meta.number(commits_key));
}

sqlite_store::~sqlite_store() {
    if (!log_) return;
    log_->look_before_closing();
    // What is in it now must not come into the main file: the next start refuses the log by its name.
    if (log_->damage()) db_.fold_log_on_close(false);
}

result<std::unique_ptr<sqlite_store>> sqlite_store::open(options const& opts, use what) {
    for (;;) {
        // Another setclickd has it for as long as it lives: that is not waited for.
        auto lock = lock_file::take(opts.where.path);
        if (!lock) return lock.error();
        try {
            return open_locked(opts, std::move(lock).value(), what);
        } catch (failure const& f) {
            if (f.what_failed().code != errc::busy || !opts.while_locked) return f.what_failed();
            opts.while_locked(f.what_failed());
        }
    }
}

result<std::unique_ptr<sqlite_store>> sqlite_store::open_locked(options const& opts, lock_file lock,
                                                                use what) {
    auto const& path = opts.where.path;
    struct stat found {};
    bool const exists = ::stat(path.c_str(), &found) == 0;
    if (exists)
        if (auto const taken = lock.take_ledger(path); !taken) return taken.error();
    // Where there is no file the mark is that of one that was given up.
    auto const mark = exists ? read_mark(path) : std::nullopt;
    require_own_log(path);
    if (mark) require_marked_log(path, *mark);
    if (!exists) {
        make_private(path);
        if (auto const taken = lock.take_ledger(path); !taken) return taken.error();
    }
    return std::unique_ptr<sqlite_store>(new sqlite_store(opts, std::move(lock), what, mark));
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
        return fail(errc::disk_full, "no room left to write the ledger " +
                                         printable(db_.path(), 4096) +
                                         "; make room on its disk, work goes on by itself");
    for (int tries = 0;; ++tries) {
        try {
            if (!mark_.is_begun()) begin_mark();
            auto const before = db_.total_changes();
            transaction change(db_);
            auto out = body();
            t_->flush();
            bool const writes = db_.total_changes() != before;
            if (writes) t_->meta.set(commits_key, static_cast<std::int64_t>(mark_.next()));
            auto const began = std::chrono::steady_clock::now();
            change.commit(step);
            if (writes && options_.figures != nullptr)
                options_.figures->seconds.add(std::chrono::steady_clock::now() - began);
            if (writes) mark_.committed();
            if (log_->damage()) broken_ = log_->damage();  // from the next call on
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

/// Before the first commit of this run.
void sqlite_store::begin_mark() {
    auto const in_ledger = static_cast<std::uint64_t>(t_->meta.number(commits_key));
    mark_.begin(id_, std::max(commits_, in_ledger), in_ledger);
    (void)presence_.missing();  // remembers what is there
    db_.fold_log_on_close(true);
}

result<ledger_health> sqlite_store::look_after() {
    if (broken_) return *broken_;
    if (auto const missing = presence_.missing()) {
        broken_ = taken_away(*missing);
        return *broken_;
    }
    log_->look();
    if (auto const& damage = log_->damage()) {
        broken_ = damage;
        return *broken_;
    }
    ledger_health out;
    std::error_code ec;
    auto const size = std::filesystem::file_size(db_.path() + "-wal", ec);
    if (!ec) out.log_bytes = size;
    if (out.log_bytes > large_log) out.log_held_by = holders_of(db_.path(), lock_use::reading);
    return out;
}

/// What the connection still sees goes into a copy.
error sqlite_store::taken_away(std::string const& file) noexcept {
    // What lies there now is not known.
    db_.fold_log_on_close(false);
    auto const to = db_.path() + ".rescued-" + std::to_string(run_);
    auto const text = printable(file, 4096) + " was removed or replaced while setclickd used it; ";
    try {
        copy_ledger(db_, to);
    } catch (failure const& f) {
        return fail(errc::io,
                    text + "what was in it could not be saved: " + f.what_failed().message);
    }
    return fail(errc::io, text + "what was in it is in " + printable(to, 4096) +
                              " now: move that to the ledger's place, with no -wal, -shm or .mark "
                              "beside it, and run `setclickd ledger adopt`");
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
    return end_earlier_run(now, end, false);
}

result<recovery> sqlite_store::end_earlier_run(wall_time now, last_end const& end, bool adopting) {
    auto const current = recovered_ ? run_ : run_ + 1;
    auto found = change(purpose::settle, "ledger.recover", [&] {
        recovery out;
        crash_recovery part(*t_, now);
        if (!recovered_) {
            t_->meta.set("run", static_cast<std::int64_t>(current));
            if (adopting) t_->meta.set(copy_mark, 1);  // until all of it is adopted
            out.crash_lines = part.note_end(end);
        }
        part.end_claims(t_->span_rows.claims_before(current), end.aborted && !end.by_reading, out);
        return out;
    });
    if (!found) return found;
    run_ = current;
    recovered_ = true;
    return look([&] {
        auto out = std::move(*found);
        out.run = run_;
        out.files = t_->files.not_done();
        out.endpoint_note = t_->notes.of(account_no{0}).text;
        for (auto const& a : t_->accounts.all())
            out.accounts.push_back(t_->info_of(a));
        return out;
    });
}

result<adoption_report> sqlite_store::adopt(adoption const& how, wall_time now) {
    // What was in flight is in doubt like all the rest.
    if (auto const ended = end_earlier_run(now, {}, true); !ended) return ended.error();
    if (auto const noted = note_adopted_files(how); !noted) return noted.error();
    auto const run = std::max(run_, how.at_least_run);
    adoption_report report;
    report.files = t_->adopted.size();
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

result<std::uint64_t> sqlite_store::commits() {
    return look([&] { return static_cast<std::uint64_t>(t_->meta.number(commits_key)); });
}

result<transfer_counts> sqlite_store::give(ledger_sink& to, std::function<void()> const& progress) {
    return look([&] { return row_export(db_, to, progress).run(); });
}

result<void> sqlite_store::mark_as_taken_over() {
    return change_only(purpose::settle, "ledger.operate",
                       [&] { t_->meta.set(copy_mark, taken_over_mark); });
}

/// What was read after the copy was made may have been sent.
result<void> sqlite_store::note_adopted_files(adoption const& how) {
    auto noted = look([&] {
        auto adopted = t_->adopted;
        adopted.set_policy(how.policy);
        for (auto const& [account, policy] : how.accounts)
            adopted.set_policy(account, policy);
        for (auto const& name : how.work_names)
            adopted.add_work(name);
        for (auto const& file : t_->files.not_done())
            if (!file.at_end) adopted.add_work(file.claimed.work_name);
        statement known(db_, "SELECT inode, done_name FROM file WHERE done_name <> ''");
        std::set<std::pair<std::uint64_t, std::string>> filed;
        for (auto rows = known.rows(); rows.next();)
            filed.emplace(rows.number(0), rows.text(1));
        for (auto const& file : how.done_files)
            if (!filed.contains({file.inode, file.name}))
                adopted.add_done(file.name, file.inode, file.size);
        return adopted;
    });
    if (!noted) return noted.error();
    auto const text = noted->text();
    auto const written = change_only(purpose::grow, "ledger.operate",
                                     [&] { t_->meta.set(adopted_key, std::string_view(text)); });
    if (written) t_->adopted = std::move(*noted);
    return written;
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

/// They were its own before.
result<taken_accounts> sqlite_store::take_over(std::span<account_no const> accounts, wall_time) {
    return look([&] {
        taken_accounts out;
        for (auto const no : accounts)
            out.accounts.push_back(t_->info_of(t_->accounts.at(no)));
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
    return change(why, "ledger.cycle", [&] { return cycle_run(*t_, run_, request).run(); });
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

result<void> sqlite_store::given_back(file_no no) {
    return change_only(purpose::settle, "ledger.done", [&] { t_->files.given_back(no); });
}

result<file_info> sqlite_store::read_on(file_no no) {
    file_info out;
    auto const done = change_only(purpose::settle, "ledger.done", [&] {
        t_->files.read_on(no);
        out = t_->files.get(no);
    });
    if (!done) return done.error();
    return out;
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
