#include "postgres_store.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "../core/crash_recovery.hpp"
#include "../core/cycle_run.hpp"
#include "../core/importer.hpp"
#include "../core/operation_run.hpp"
#include "../core/pruner.hpp"
#include "schema.hpp"

namespace setclick::ledger::postgres {
namespace {

using clock = std::chrono::steady_clock;

/// The lane of the one thread that there is so far.
constexpr int only_lane = 0;
/// How long the outcome of a COMMIT is looked up before the store gives up, to be started anew: what was in
/// flight is in doubt then, which is true.
constexpr std::chrono::seconds longest_look{60};
constexpr milliseconds between_looks{200};
/// A start finds the connection of the process before it still being closed.
constexpr std::chrono::seconds longest_wait_for_predecessor{2};

std::string verdict_key(account_no account) {
    return "verdict/" + std::to_string(static_cast<std::uint32_t>(account));
}

}  // namespace

postgres_store::postgres_store(options const& opts)
    : options_(opts),
      db_(opts.where.postgres, "setclickd/" + opts.where.node, opts.postgres.call_limit),
      lane_(db_, opts.where.node,
            opts.where.node_name.empty() ? opts.where.node : opts.where.node_name, only_lane),
      owners_(db_),
      rows_(db_) {
    db_.connect();
    prepare_schema(db_);
    id_ = ledger_id(db_);
    lane_.open();
    require_only_one();
    run_ = static_cast<std::uint64_t>(lane_.epoch());
    if (options_.accept)
        if (auto const right = options_.accept(id_, run_); !right) throw failure(right.error());
    rows_.know_owner(lane_.node(), lane_.epoch());
    t_.emplace(rows_.rows());
}

postgres_store::~postgres_store() = default;

result<std::unique_ptr<store>> postgres_store::open(options const& opts) {
    try {
        return std::unique_ptr<store>(new postgres_store(opts));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

/// One process for a node: the lock is the session's, and ends with it. That another process goes on after
/// its connection was lost is what the epoch is for.
void postgres_store::require_only_one() {
    auto const until = clock::now() + longest_wait_for_predecessor;
    for (;;) {
        auto row = db_.ask("SELECT pg_try_advisory_lock(7234792, $1::bigint::int)",
                           parameters(lane_.node()));
        if (row.next() && row.integer(0) != 0) return;
        if (clock::now() > until) break;
        std::this_thread::sleep_for(milliseconds{20});
    }
    throw failure(
        fail(errc::busy, "another setclickd works in PostgreSQL under this node's name, \"" +
                             options_.where.node + "\""));
}

void postgres_store::refresh() {
    db_.connect();
    if (!is_stale_) return;
    rows_.spans.forget();
    t_->forget();
    is_stale_ = false;
}

error postgres_store::failed(error e) {
    db_.rollback();
    is_stale_ = true;
    // Not known for what it is, or somebody else's epoch.
    if (e.code == errc::io || e.code == errc::refused) broken_ = e;
    return e;
}

template <class Body>
auto postgres_store::look(Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    try {
        refresh();
        return body();
    } catch (failure const& f) {
        return failed(f.what_failed());
    }
}

void postgres_store::commit(fault_step step) {
    lane_.fence();
    auto outcome = session::outcome::done;
    if (durable_step(step, [&] {
            outcome = db_.commit();
            return 0;
        }) != 0) {
        throw failure(errno_error(errno, "commit in", "PostgreSQL"));
    }
    if (outcome == session::outcome::unknown && !look_up())
        throw failure(fail(errc::unreachable, "PostgreSQL: the connection broke before COMMIT"));
    lane_.committed();
}

/// Whether the last transaction is there, as soon as that can be known.
bool postgres_store::look_up() {
    auto const until = clock::now() + longest_look;
    for (;; std::this_thread::sleep_for(between_looks)) {
        try {
            return lane_.was_committed();
        } catch (failure const& f) {
            if (f.what_failed().code != errc::unreachable) throw;
            if (clock::now() > until)
                throw failure(fail(errc::io,
                                   "PostgreSQL: whether the last transaction is durable "
                                   "could not be found out; " +
                                       f.what_failed().message));
        }
    }
}

template <class Body>
auto postgres_store::change(fault_step step, Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    for (int tries = 0;; ++tries) {
        try {
            refresh();
            db_.begin();
            auto out = body();
            t_->flush();
            if (!db_.has_written()) {
                db_.rollback();
                return out;
            }
            auto const began = clock::now();
            commit(step);
            if (options_.figures != nullptr) options_.figures->seconds.add(clock::now() - began);
            t_->trim();
            return out;
        } catch (failure const& f) {
            auto const e = failed(f.what_failed());
            if (e.code != errc::busy || tries == 2) return e;
        }
    }
}

template <class Body>
result<void> postgres_store::change_only(fault_step step, Body&& body) {
    auto const done = change(step, [&] {
        body();
        return true;
    });
    if (!done) return done.error();
    return {};
}

result<recovery> postgres_store::recover(wall_time now, last_end const& end) {
    auto const current = recovered_ ? run_ : run_ + 1;
    auto found = change("ledger.recover", [&] {
        recovery out;
        crash_recovery part(*t_, current, now);
        if (!recovered_) {
            lane_.begin_epoch(static_cast<std::int64_t>(current));
            lane_.began(static_cast<std::int64_t>(current));
            rows_.know_owner(lane_.node(), lane_.epoch());
            owners_.lock();
            owners_.take_all(lane_.node(), lane_.epoch());
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
        out.endpoint_note = t_->notes.of(account_no{0});
        for (auto const& a : t_->accounts.all())
            out.accounts.push_back(t_->info_of(a));
        return out;
    });
}

result<account_no> postgres_store::account(std::string_view id) {
    if (broken_) return *broken_;
    if (auto const* known = t_->accounts.named(id); known != nullptr && !is_stale_)
        return known->no;
    return change("ledger.account", [&] {
        auto const* known = t_->accounts.named(id);
        return known != nullptr ? known->no : t_->accounts.add(id).no;
    });
}

result<std::vector<account_info>> postgres_store::accounts() {
    return look([&] {
        std::vector<account_info> out;
        for (auto const& a : t_->accounts.all())
            out.push_back(t_->info_of(a));
        return out;
    });
}

result<import_answer> postgres_store::import(std::span<claimed_file const> files,
                                             std::span<import_chunk const> chunks, wall_time now) {
    return change("ledger.import", [&] {
        return importer(*t_, options_.identity_window, files, chunks, now).run();
    });
}

result<cycle_result> postgres_store::cycle(cycle_request const& request) {
    return change("ledger.cycle", [&] { return cycle_run(*t_, run_, request).run(); });
}

result<void> postgres_store::files_done(std::span<done_file const> files, wall_time now) {
    return change_only("ledger.done", [&] {
        for (auto const& file : files)
            t_->files.done(file, to_ms(now), t_->age.today());
    });
}

result<std::vector<file_info>> postgres_store::unfinished_files() {
    return look([&] { return t_->files.not_done(); });
}

result<file_info> postgres_store::file(file_no no) {
    return look([&] { return t_->files.get(no); });
}

result<std::vector<file_info>> postgres_store::files(std::span<file_no const> numbers) {
    return look([&] {
        db_.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        std::vector<file_info> out;
        out.reserve(numbers.size());
        for (auto const no : numbers)
            out.push_back(t_->files.get(no));
        db_.rollback();
        return out;
    });
}

result<operation_slice> postgres_store::operate(operation const& what, event_no after,
                                                wall_time now) {
    auto const body = [&] { return run_operation(*t_, what, after, now); };
    if (what.dry_run) return look(body);
    return change("ledger.operate", body);
}

result<prune_slice> postgres_store::prune(retention const& keep, wall_time now,
                                          milliseconds elapsed) {
    auto const before = t_->age.milliseconds_old();
    auto done = change("ledger.prune", [&] {
        t_->age.restore(before);
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

result<void> postgres_store::files_removed(std::span<file_no const> files) {
    return change_only("ledger.prune", [&] {
        for (auto const no : files)
            t_->files.removed(no);
    });
}

result<file_info> postgres_store::read_on(file_no no) {
    file_info out;
    auto const done = change_only("ledger.done", [&] {
        t_->files.read_on(no);
        out = t_->files.get(no);
    });
    if (!done) return done.error();
    return out;
}

result<void> postgres_store::keep_verdict(account_no account, std::string_view verdict) {
    auto const key = verdict_key(account);
    return change_only("ledger.operate", [&] { t_->meta.set(std::string_view(key), verdict); });
}

result<node_news> postgres_store::poll(wall_time) {
    return look([&] {
        node_news out;
        out.self = static_cast<int>(lane_.node());
        out.nodes = owners_.nodes();
        out.owners = owners_.owners();
        for (auto const& o : out.owners)
            if (o.node == out.self && o.epoch == lane_.epoch())
                out.depths.push_back(t_->depth_of(t_->accounts.at(o.account)));
        return out;
    });
}

result<taken_accounts> postgres_store::take_over(std::span<account_no const> accounts, wall_time) {
    return change("ledger.recover", [&] {
        owners_.lock();
        taken_accounts out;
        auto const taken = owners_.take(accounts, lane_.node(), lane_.epoch());
        for (auto const no : accounts) {
            if (std::binary_search(taken.begin(), taken.end(), no))
                out.accounts.push_back(t_->info_of(t_->accounts.at(no)));
            else
                out.refused.push_back(no);
        }
        return out;
    });
}

result<void> postgres_store::give_up(std::span<account_no const> accounts) {
    return change_only("ledger.recover", [&] {
        if (owners_.give_up(accounts, lane_.node(), lane_.epoch()).size() != accounts.size())
            throw failure(fail(errc::invalid_data,
                               "an account cannot be given up: it is not this node's, or has "
                               "events in flight"));
    });
}

result<ledger_health> postgres_store::look_after() {
    return look([&] {
        db_.ask("SELECT 1", parameters());
        return ledger_health{};
    });
}

}  // namespace setclick::ledger::postgres
