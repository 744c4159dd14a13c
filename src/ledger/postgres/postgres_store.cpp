#include "postgres_store.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "../core/adoption_run.hpp"
#include "../core/crash_recovery.hpp"
#include "../core/cycle_run.hpp"
#include "../core/importer.hpp"
#include "../core/operation_run.hpp"
#include "../core/pruner.hpp"
#include "account_numbers.hpp"
#include "schema.hpp"

namespace setclick::ledger::postgres {
namespace {

using clock = std::chrono::steady_clock;

/// The lane of the one thread that there is so far.
constexpr int only_lane = 0;
constexpr milliseconds between_looks{200};
/// What somebody else was in the way of is tried again at once, within this.
constexpr std::chrono::seconds longest_in_one_call{2};
/// A start finds the connection of the process before it still being closed.
constexpr std::chrono::seconds longest_wait_for_predecessor{2};

/// What is asked for with COMMIT, as long as this lives.
class late_looks {
public:
    explicit late_looks(postgres_tables& rows) : rows_(rows) { set(true); }
    ~late_looks() { set(false); }
    late_looks(late_looks const&) = delete;
    late_looks& operator=(late_looks const&) = delete;

private:
    void set(bool later) noexcept {
        rows_.files.look_later(later);
        rows_.spans.look_later(later);
    }
    postgres_tables& rows_;
};

/// A walk over events meets only those of accounts that this node owns, as long as this lives.
class only_owned {
public:
    explicit only_owned(postgres_tables& rows) : rows_(rows) { rows_.scan.only_owned(true); }
    ~only_owned() { rows_.scan.only_owned(false); }
    only_owned(only_owned const&) = delete;
    only_owned& operator=(only_owned const&) = delete;

private:
    postgres_tables& rows_;
};

cycle_request without(cycle_request const& request, std::vector<account_no> const& lost) {
    auto const is_lost = [&](account_no no) {
        return std::binary_search(lost.begin(), lost.end(), no);
    };
    auto out = request;
    std::erase_if(out.delivered, [&](event_no no) { return is_lost(no.account()); });
    std::erase_if(out.settlements, [&](settlement const& s) { return is_lost(s.no.account()); });
    std::erase_if(out.wishes, [&](claim_wish const& w) { return is_lost(w.account); });
    std::erase_if(out.notes, [&](account_note const& n) { return is_lost(n.account); });
    return out;
}

/// By what a node is known at the server.
std::string application_of(place const& where) {
    return "setclickd/" + (where.node_name.empty() ? where.node : where.node_name);
}

/// Not known for what it is, or somebody else's epoch, or halted: no later try can help.
bool is_final(errc code) noexcept {
    return code == errc::io || code == errc::refused || code == errc::lost;
}

error halted(std::string_view why) {
    return fail(errc::lost, "PostgreSQL has lost what it had acknowledged: " + std::string(why) +
                                ". Every node stops: what is called waiting may have been sent. "
                                "Where a server has everything, make that one the primary again; "
                                "else stop all nodes and run `setclickd ledger adopt` on one of "
                                "them");
}

std::vector<taken_account> with_doubts(
    std::vector<taken_account> moves,
    std::vector<std::pair<account_no, std::uint64_t>> const& in_doubt_of) {
    for (auto& m : moves)
        for (auto const& [no, count] : in_doubt_of)
            if (no == m.account) m.in_doubt += static_cast<std::int64_t>(count);
    return moves;
}

std::string verdict_key(account_no account) {
    return "verdict/" + std::to_string(static_cast<std::uint32_t>(account));
}

}  // namespace

postgres_store::postgres_store(options const& opts, use what)
    : options_(opts),
      db_(connect_options{opts.where.postgres, application_of(opts.where), opts.where.password,
                          true, opts.postgres.rows_by_place},
          opts.postgres.call_limit),
      lane_(db_, opts.where.node,
            opts.where.node_name.empty() ? opts.where.node : opts.where.node_name, only_lane),
      owners_(db_),
      ledger_row_(db_, "SELECT version, min_writer, halted FROM ledger"),
      commands_(db_),
      moves_(db_),
      rows_(db_),
      use_(what) {
    db_.connect();
    prepare_schema(db_);
    id_ = ledger_id(db_);
    lane_.open();
    require_only_one();
    if (!options_.where.acknowledged.empty()) acknowledged_.emplace(options_.where.acknowledged);
    verify_kept();
    run_ = static_cast<std::uint64_t>(lane_.epoch());
    if (options_.accept)
        if (auto const right = options_.accept(id_, run_); !right) throw failure(right.error());
    rows_.know_owner(lane_.node(), lane_.epoch());
    t_.emplace(rows_.rows());
}

postgres_store::~postgres_store() = default;

result<std::unique_ptr<postgres_store>> postgres_store::open(options const& opts, use what) {
    try {
        return std::unique_ptr<postgres_store>(new postgres_store(opts, what));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

/// One process for a node: the locks are the session's, and end with it. That another process goes on after
/// its connection was lost is what the epoch is for.
void postgres_store::require_only_one() {
    auto const until = clock::now() + longest_wait_for_predecessor;
    for (;;) {
        if (take_locks()) return;
        if (clock::now() > until) break;
        std::this_thread::sleep_for(milliseconds{20});
    }
    throw failure(fail(errc::busy, "another setclickd works with this ledger" + other_node()));
}

bool postgres_store::take_locks() {
    auto row = db_.ask(
        "SELECT pg_try_advisory_lock(7234792, $1::bigint::int) AND ($2::bigint = 0 OR "
        "pg_try_advisory_lock(7234793, 0))",
        parameters(lane_.node(), options_.postgres.alone ? 1 : 0));
    return row.next() && row.integer(0) != 0;
}

/// Who holds the lock, for a person.
std::string postgres_store::other_node() {
    auto row = db_.ask(
        "SELECT a.application_name, coalesce(host(a.client_addr), 'on the host of the server') "
        "FROM "
        "pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND "
        "l.granted "
        "AND l.classid::bigint IN (7234792, 7234793) AND pid <> pg_backend_pid() AND l.database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
        parameters());
    if (!row.next()) return {};
    return ": " + std::string(row.text(0)) + ", " + std::string(row.text(1));
}

void postgres_store::reconnect() {
    if (auto* const reach = options_.postgres.reach) reach->tries();
    if (db_.is_connected()) return verify_kept();
    try {
        db_.connect();
    } catch (failure const& f) {
        // It has been worked with before: who changed a password or a rule is waited for.
        throw failure(fail(errc::unreachable, f.what_failed().message));
    }
    // What the server has not noticed yet may hold them still: the epoch protects, not they.
    take_locks();
    verify_kept();
}

acknowledged postgres_store::acknowledged_now() const {
    return {id_, adoptions_, lane_.commits()};
}

/// Once for each connection, which may be one to another server.
void postgres_store::verify_kept() {
    if (verified_ == db_.connection_number()) return;
    auto row = db_.ask(
        "SELECT halted, coalesce((SELECT number FROM meta WHERE key = 'adoptions'), 0), "
        "coalesce((SELECT commits FROM lane WHERE node = $1 AND lane = $2), -1), (SELECT id FROM "
        "ledger) FROM ledger",
        parameters(lane_.node(), lane_.number()));
    if (!row.next()) throw failure(fail(errc::io, "PostgreSQL: the ledger has no row any more"));
    if (use_ == use::work) {
        if (!row.text(0).empty()) throw failure(halted(row.text(0)));
        acknowledged const stored{std::string(row.text(3)), row.integer(1), row.integer(2)};
        if (acknowledged_ && acknowledged_->last() &&
            compare(*acknowledged_->last(), stored) == kept::lost)
            halt(stored);
    }
    adoptions_ = row.integer(1);
    verified_ = db_.connection_number();
}

/// Every node learns it from the ledger itself.
void postgres_store::halt(acknowledged const& stored) {
    auto const& name = options_.where.node_name;
    std::string why = "the node " + (name.empty() ? options_.where.node : name) +
                      " had been told that " + std::to_string(acknowledged_->last()->commits) +
                      " of its transactions are durable, and " +
                      (stored.commits < 0 ? "none" : std::to_string(stored.commits)) +
                      " are there: the rest is lost";
    db_.ask("UPDATE ledger SET halted = $1 WHERE halted = ''", parameters(std::string_view(why)));
    throw failure(halted(why));
}

void postgres_store::refresh() {
    reconnect();
    if (!is_stale_) return;
    reload();
    is_stale_ = false;
}

void postgres_store::reload() {
    rows_.spans.forget();
    t_->forget();
}

void postgres_store::note_reach(error const* failed) {
    auto* const reach = options_.postgres.reach;
    if (reach == nullptr) return;
    if (failed != nullptr && failed->code == errc::unreachable)
        reach->away(*failed);
    else
        reach->answers();
}

error postgres_store::failed(error e) {
    db_.rollback();
    // One that was the primary and is none any more answers for ever: the next call looks for another.
    if (e.code == errc::unreachable) db_.disconnect();
    is_stale_ = true;
    note_reach(&e);
    if (is_final(e.code)) broken_ = e;
    return e;
}

template <class Body>
auto postgres_store::look(Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    try {
        refresh();
        auto out = body();
        note_reach(nullptr);
        return out;
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
    // At once: it may take long, and nothing else is done meanwhile.
    error const no_answer =
        fail(errc::unreachable, "PostgreSQL: a COMMIT has no answer; its outcome is looked up");
    if (outcome == session::outcome::unknown) note_reach(&no_answer);
    if (outcome == session::outcome::unknown && !look_up())
        throw failure(fail(errc::unreachable, "PostgreSQL: the connection broke before COMMIT"));
    lane_.committed();
    if (acknowledged_) acknowledged_->keep(acknowledged_now());
}

template <class Body>
auto postgres_store::patiently(std::string_view what, Body&& body) -> decltype(body()) {
    auto const until = clock::now() + options_.postgres.longest_look;
    for (;; std::this_thread::sleep_for(between_looks)) {
        try {
            if (auto* const reach = options_.postgres.reach) reach->tries();
            return body();
        } catch (failure const& f) {
            auto const& e = f.what_failed();
            if (is_final(e.code)) throw;
            if (clock::now() > until)
                throw failure(fail(errc::io, "PostgreSQL: " + std::string(what) +
                                                 " could not be found out; " + e.message));
            error const away = fail(errc::unreachable, e.message);
            note_reach(&away);
        }
    }
}

/// Whether the last transaction is there, as soon as that can be known. Until then nothing else may be done,
/// however long the server is away: a guess would lose or repeat something.
bool postgres_store::look_up() {
    return patiently("whether the last transaction is durable", [&] {
        db_.connect();
        verify_kept();
        bool const is_there = lane_.was_committed();
        verify_kept();  // where that was another connection
        return is_there;
    });
}

template <class Before, class Body, class After>
auto postgres_store::change(fault_step step, Before&& before, Body&& body, After&& after)
    -> result<decltype(body())> {
    if (broken_) return *broken_;
    auto const first_try = clock::now();
    for (int tries = 0;; ++tries) {
        try {
            refresh();
            before();
            db_.begin();
            auto out = body();
            t_->flush();
            if (!db_.has_written()) {
                after(out);
                db_.rollback();
                note_reach(nullptr);
                return out;
            }
            auto const began = clock::now();
            commit(step);
            if (options_.figures != nullptr) options_.figures->seconds.add(clock::now() - began);
            t_->trim();
            after(out);
            note_reach(nullptr);
            return out;
        } catch (failure const& f) {
            auto const e = failed(f.what_failed());
            // Who waited for a lock has waited long enough.
            bool const was_quick = clock::now() - first_try < longest_in_one_call;
            if (e.code != errc::busy || tries == 2 || !was_quick) return e;
        }
    }
}

template <class Body>
auto postgres_store::change(fault_step step, Body&& body) -> result<decltype(body())> {
    return change(
        step, [] {}, std::forward<Body>(body), [](auto&) {});
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
    auto const prepare = [&] {
        if (!recovered_) owners_.end_sessions_of_gone();
    };
    auto const end_earlier = [&] {
        recovery out;
        crash_recovery part(*t_, now);
        std::vector<account_no> taken;
        std::vector<taken_account> moves;
        if (!recovered_) {
            owners_.lock();
            lane_.begin_epoch(static_cast<std::int64_t>(current));
            lane_.began(static_cast<std::int64_t>(current));
            // Whoever contracts the tables has locked the nodes, and found none that is older.
            if (use_ == use::work) require_fit(ledger_row_.read());
            rows_.know_owner(lane_.node(), lane_.epoch());
            if (use_ == use::adopt) owners_.stop_others(lane_.node());
            moves = moves_.takeable({}, true, lane_.node());
            taken = owners_.take_all(lane_.node(), lane_.epoch());
            reload();
            out.crash_lines = part.note_end(end);
        }
        // How this process ended says nothing of what other nodes had in flight.
        part.end_claims(rows_.spans.claims_before(current), end.aborted && !end.by_reading, out);
        part.end_claims(rows_.spans.claims_of_others(numbers_of(taken)), false, out);
        moves_.add_taken(with_doubts(std::move(moves), out.in_doubt_of), lane_.node());
        return out;
    };
    auto found = change("ledger.recover", prepare, end_earlier, [](auto&) {});
    if (!found) return found;
    run_ = current;
    recovered_ = true;
    note_owned();
    return look([&] {
        auto out = std::move(*found);
        out.run = run_;
        out.files = t_->files.not_done();
        out.endpoint_note = t_->notes.of(account_no{0}).text;
        for (auto const& a : t_->accounts.all()) {
            out.accounts.push_back(t_->info_of(a));
            note_told(a.no);
        }
        return out;
    });
}

result<account_no> postgres_store::account(std::string_view id) {
    if (broken_) return *broken_;
    if (auto const* known = t_->accounts.named(id); known != nullptr && !is_stale_)
        return known->no;
    auto const made = change("ledger.account", [&] {
        // Another node may just have made it.
        rows_.accounts.lock_creation();
        reload();
        auto const* known = t_->accounts.named(id);
        return known != nullptr ? known->no : t_->accounts.add(id).no;
    });
    if (made && t_->accounts.at(*made).is_owned) owned_.insert(*made);
    return made;
}

/// Nodes that are newer may have changed the tables so that this program must not write any more.
void postgres_store::require_fit(rows found) {
    if (!found.next()) return;
    schema_state const stored{static_cast<int>(found.integer(0)),
                              static_cast<int>(found.integer(1))};
    if (fit_of(stored, schema_version) != schema_fit::works)
        throw failure(fail(errc::config, why_not(stored, schema_version)));
    if (!found.text(2).empty()) throw failure(halted(found.text(2)));
}

void postgres_store::note_owned() {
    owned_.clear();
    for (auto const& a : t_->accounts.all())
        if (a.is_owned) owned_.insert(a.no);
}

void postgres_store::renew_accounts() {
    auto const all = rows_.accounts.all();
    bool is_moved = all.size() != t_->accounts.all().size();
    for (auto const& row : all) {
        if (static_cast<std::size_t>(row.no) > t_->accounts.all().size()) break;
        is_moved = is_moved || row.is_owned != t_->accounts.at(row.no).is_owned;
        auto const end = t_->accounts.renew(row);
        if (end && row.is_owned) t_->spans.forget_end(*end - 1);
    }
    if (is_moved) reload();
}

void postgres_store::note_told(account_no no) {
    if (auto const& a = t_->accounts.at(no); a.is_owned) told_ends_[no] = a.next_sequence;
}

/// Whatever made the store see the end of an account (an import that met only duplicates, a look, a
/// transaction that failed): its owner is told once.
std::vector<queue_depth> postgres_store::untold_depths() {
    std::vector<queue_depth> out;
    for (auto const& a : t_->accounts.all()) {
        if (!a.is_owned) {
            told_ends_.erase(a.no);
            continue;
        }
        auto& told = told_ends_.try_emplace(a.no, 1).first->second;
        if (std::exchange(told, a.next_sequence) == a.next_sequence) continue;
        out.push_back(t_->depth_of(a));
    }
    return out;
}

result<std::vector<account_info>> postgres_store::accounts() {
    return look([&] {
        renew_accounts();
        std::vector<account_info> out;
        for (auto const& a : t_->accounts.all())
            out.push_back(t_->info_of(a));
        return out;
    });
}

/// Before anything is judged: what is true of an account's identities and numbers then stays so until COMMIT.
void postgres_store::lock_accounts_of(std::span<import_chunk const> chunks) {
    std::set<std::int64_t> numbers;
    std::set<std::string_view> unknown;
    for (auto const& chunk : chunks) {
        account_no last{};
        for (auto const& event : chunk.events)
            if (std::exchange(last, event.account) != event.account)
                numbers.insert(static_cast<std::int64_t>(event.account));
        for (auto const& line : chunk.refused) {
            auto const id = chunk.text(line.account);
            if (id.empty()) continue;
            if (auto const* known = t_->accounts.named(id))
                numbers.insert(static_cast<std::int64_t>(known->no));
            else
                unknown.insert(id);
        }
    }
    // Accounts that another node has made since.
    bool is_new =
        !numbers.empty() && static_cast<std::size_t>(*numbers.rbegin()) > t_->accounts.all().size();
    if (!unknown.empty()) {
        std::vector<bytes> ids;
        ids.reserve(unknown.size());
        for (auto const id : unknown)
            ids.push_back({id});
        is_new = rows_.accounts.knows_any(ids) || is_new;
    }
    if (is_new) reload();
    for (auto const id : unknown)
        if (auto const* known = t_->accounts.named(id))
            numbers.insert(static_cast<std::int64_t>(known->no));
    if (numbers.empty()) return;
    for (auto const& row : rows_.accounts.lock({numbers.begin(), numbers.end()}))
        if (auto const end = t_->accounts.renew(row)) t_->spans.forget_end(*end - 1);
}

result<import_answer> postgres_store::import(std::span<claimed_file const> files,
                                             std::span<import_chunk const> chunks, wall_time now) {
    auto done = change("ledger.import", [&] {
        lock_accounts_of(chunks);
        return importer(*t_, options_.identity_window, files, chunks, now).run();
    });
    if (done)
        for (auto const& chunk : done->chunks)
            for (auto const no : chunk.accounts)
                note_told(no);
    return done;
}

std::vector<account_no> postgres_store::not_owned(cycle_request const& request) {
    std::set<account_no> seen;
    account_no last{};
    auto const look_at = [&](account_no no) {
        if (std::exchange(last, no) != no && no != endpoint_account &&
            !t_->accounts.at(no).is_owned)
            seen.insert(no);
    };
    for (auto const no : request.delivered)
        look_at(no.account());
    for (auto const& s : request.settlements)
        look_at(s.no.account());
    for (auto const& wish : request.wishes)
        look_at(wish.account);
    for (auto const& note : request.notes)
        look_at(note.account);
    return {seen.begin(), seen.end()};
}

result<cycle_result> postgres_store::cycle(cycle_request const& request) {
    std::vector<account_no> lost;
    std::optional<cycle_request> rest;
    std::optional<read_ahead> ahead;
    auto const mine = [&]() -> cycle_request const& { return rest ? *rest : request; };
    auto const prepare = [&] {
        lost = not_owned(request);
        // Who lost everything may write nothing, and would never learn why.
        if (!lost.empty()) lane_.require_epoch();
        rest = lost.empty() ? std::nullopt : std::optional(without(request, lost));
        ahead.emplace(db_, rows_, *t_).run(mine());
    };
    auto const run = [&] {
        late_looks const later(rows_);
        return cycle_run(*t_, run_, mine()).run();
    };
    auto done = change("ledger.cycle", prepare, run, [&](cycle_result& out) { complete(out); });
    if (done) done->lost = std::move(lost);
    return done;
}

/// Where the connection broke after COMMIT was sent, its answers are lost and are asked for again.
void postgres_store::complete(cycle_result& out) {
    auto found = db_.looked();
    std::vector<queue_depth*> deferred;
    for (auto& d : out.depths)
        if (d.deferred > 0) deferred.push_back(&d);
    if (found.size() != deferred.size() + (rows_.files.has_looks() ? 1 : 0))
        found = patiently("what became complete", [&] {
            db_.connect();
            verify_kept();
            rows_.files.look_again();
            for (auto const* d : deferred)
                rows_.spans.look_due_times(d->account);
            return db_.looked();
        });
    auto next = found.begin();
    if (rows_.files.has_looks()) out.complete_files = rows_.files.looked(std::move(*next++));
    for (auto* d : deferred)
        if (auto const due = span_table::due_times_from(std::move(*next++))) {
            d->next_due = from_ms(due->first);
            d->last_due = from_ms(due->last);
        }
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

std::vector<account_no> postgres_store::elsewhere(event_filter const& filter) {
    std::vector<account_no> out;
    for (auto const& a : t_->accounts.all()) {
        bool const is_meant = (!filter.account || *filter.account == a.no) &&
                              (!filter.event || filter.event->account() == a.no);
        if (is_meant && !a.is_owned) out.push_back(a.no);
    }
    return out;
}

result<operation_slice> postgres_store::operate(operation const& what, event_no after,
                                                wall_time now) {
    auto const body = [&] {
        auto out = run_operation(*t_, what, after, now);
        out.elsewhere = elsewhere(what.filter);
        return out;
    };
    if (what.dry_run)
        return look([&] {
            renew_accounts();
            return body();
        });
    return change("ledger.operate", [&] {
        only_owned const own(rows_);
        return body();
    });
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

result<void> postgres_store::given_back(file_no no) {
    return change_only("ledger.done", [&] { t_->files.given_back(no); });
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
        owners_.look_nodes();
        rows_.files.look_completed_elsewhere();
        ledger_row_.look_later();
        commands_.look_open();
        commands_.look_pause(out.self);
        renew_accounts();
        auto found = db_.looked();
        out.nodes = owner_table::nodes_from(std::move(found.at(0)));
        for (auto const& n : out.nodes)
            if (n.no == out.self && n.epoch != lane_.epoch())
                throw failure(fail(errc::refused, "PostgreSQL: another node has taken over"));
        require_fit(std::move(found.at(2)));
        out.complete_files = rows_.files.completed_elsewhere(std::move(found.at(1)));
        out.commands = command_table::open_from(std::move(found.at(3)));
        out.pause = command_table::pause_from(std::move(found.at(4)));
        out.owners = rows_.accounts.owners();
        out.depths = untold_depths();
        for (auto const no : owned_)
            if (!t_->accounts.at(no).is_owned) out.lost.push_back(no);
        note_owned();
        return out;
    });
}

result<taken_accounts> postgres_store::take_over(std::span<account_no const> accounts,
                                                 wall_time now) {
    auto const prepare = [&] { owners_.end_sessions_of_gone(); };
    auto const take = [&] {
        owners_.lock();
        taken_accounts out;
        auto moves = moves_.takeable(accounts, false, lane_.node());
        auto const taken = owners_.take(accounts, lane_.node(), lane_.epoch());
        reload();
        crash_recovery(*t_, now).end_claims(rows_.spans.claims_of_others(numbers_of(taken)), false,
                                            out);
        moves_.add_taken(with_doubts(std::move(moves), out.in_doubt_of), lane_.node());
        t_->flush();
        for (auto const no : accounts) {
            if (std::binary_search(taken.begin(), taken.end(), no))
                out.accounts.push_back(t_->info_of(t_->accounts.at(no)));
            else
                out.refused.push_back(no);
        }
        return out;
    };
    auto done = change("ledger.recover", prepare, take, [](auto&) {});
    if (done)
        for (auto const& a : done->accounts) {
            owned_.insert(a.no);
            note_told(a.no);
        }
    return done;
}

result<void> postgres_store::give_up(std::span<account_no const> accounts) {
    auto const done = change_only("ledger.recover", [&] {
        if (owners_.give_up(accounts, lane_.node(), lane_.epoch()).size() != accounts.size())
            throw failure(fail(errc::invalid_data,
                               "an account cannot be given up: it is not this node's, or has "
                               "events in flight"));
        moves_.add_given(accounts, lane_.node());
    });
    if (!done) return done;
    for (auto const no : accounts)
        owned_.erase(no);
    is_stale_ = true;
    return done;
}

std::string postgres_store::joined_key() const {
    return "joined_adoption/" + std::to_string(lane_.node());
}

result<adoption_report> postgres_store::adopt(adoption const& how, wall_time now) {
    // Whoever works holds its lock for as long as it is connected.
    if (auto const other = look([&] { return other_node(); }); !other || !other->empty())
        return !other ? other.error()
                      : fail(errc::busy, "a setclickd works with this ledger" + *other +
                                             ": stop every node first");
    run_ = std::max(run_, how.at_least_run);
    if (auto const ended = recover(now, {}); !ended) return ended.error();
    adoption_report report;
    adoption_run part(*t_, how, now);
    for (bool more = true; more;) {
        auto const before = report;
        auto const done = change("ledger.operate", [&] {
            report = before;
            bool const goes_on = part.slice(report);
            if (goes_on) return true;
            note_adopted_files(how);
            t_->meta.set("adoptions", adoptions_ + 1);
            t_->meta.set(joined_key(), adoptions_ + 1);
            db_.ask("UPDATE ledger SET halted = ''", parameters());
            owners_.stop(lane_.node());
            return false;
        });
        if (!done) return done.error();
        more = *done;
    }
    ++adoptions_;
    if (acknowledged_) acknowledged_->keep(acknowledged_now());
    report.files = t_->adopted.size();
    report.id = id_;
    report.run = run_;
    return report;
}

/// What was read, and is not known to the ledger any more, may have been sent.
void postgres_store::note_adopted_files(adoption const& how) {
    auto noted = t_->adopted;
    noted.set_policy(how.policy);
    for (auto const& [account, policy] : how.accounts)
        noted.set_policy(account, policy);
    for (auto const& name : how.work_names)
        noted.add_work(name);
    for (auto const& file : t_->files.not_done())
        if (!file.at_end) noted.add_work(file.claimed.work_name);
    std::set<std::pair<std::uint64_t, std::string>> filed;
    auto known = db_.ask("SELECT inode, done_name FROM file WHERE node = $1 AND done_name <> ''",
                         parameters(lane_.node()));
    while (known.next())
        filed.emplace(known.number(0), known.text(1));
    for (auto const& file : how.done_files)
        if (!filed.contains({file.inode, file.name}))
            noted.add_done(file.name, file.inode, file.size);
    auto const text = noted.text();
    t_->meta.set(adopted_key, std::string_view(text));
    t_->adopted = std::move(noted);
}

result<bool> postgres_store::has_to_join_adoption() {
    return look([&] { return t_->meta.number(joined_key()) < adoptions_; });
}

result<void> postgres_store::join_adoption(adoption const& how) {
    // No epoch has begun: what is written here is right however often it is written.
    auto const done = look([&] {
        db_.begin();
        note_adopted_files(how);
        t_->meta.set(joined_key(), adoptions_);
        db_.ask("UPDATE node SET epoch = greatest(epoch, $2) WHERE no = $1",
                parameters(lane_.node(), how.at_least_run));
        db_.ask("UPDATE lane SET epoch = n.epoch FROM node n WHERE n.no = $1 AND node = n.no",
                parameters(lane_.node()));
        if (db_.commit() != session::outcome::done)
            throw failure(fail(errc::unreachable, "PostgreSQL: a COMMIT has no answer"));
        return true;
    });
    if (!done) return done.error();
    if (acknowledged_) acknowledged_->keep(acknowledged_now());
    return {};
}

result<operation_slice> postgres_store::carry_out(command_slice const& slice, wall_time now) {
    return change("ledger.operate", [&] {
        // What it finds of another node's account is nothing, and that would be its answer.
        if (static_cast<std::size_t>(slice.account) > t_->accounts.all().size()) reload();
        if (static_cast<std::size_t>(slice.account) > t_->accounts.all().size() ||
            !t_->accounts.at(slice.account).is_owned)
            throw failure(fail(errc::not_found, "the command's account is another node's"));
        only_owned const own(rows_);
        auto out = run_operation(*t_, slice.what, slice.after, now);
        commands_.write(slice.command, slice.note(out), lane_.node(), lane_.epoch());
        return out;
    });
}

result<void> postgres_store::answer(std::int64_t command, std::string_view text) {
    return change_only("ledger.operate", [&] {
        commands_.write(command, {{}, std::string(text), true}, lane_.node(), lane_.epoch());
    });
}

result<void> postgres_store::change_cluster(std::int64_t command, cluster_change const& what,
                                            std::string_view answer) {
    return change_only("ledger.operate", [&] {
        commands_.change(what);
        commands_.write(command, {{}, std::string(answer), true}, lane_.node(), lane_.epoch());
    });
}

result<void> postgres_store::saw_endpoint_pause(std::int64_t version) {
    return change_only("ledger.operate", [&] { commands_.saw_pause(version, lane_.node()); });
}

result<ledger_health> postgres_store::look_after() {
    return look([&] {
        ledger_health out;
        auto row = db_.ask(
            "SELECT current_setting('fsync')::bool, current_setting('full_page_writes')::bool",
            parameters());
        if (row.next() && row.integer(0) == 0)
            out.unsafe = "fsync is off";
        else if (row.integer(1) == 0)
            out.unsafe = "full_page_writes is off";
        return out;
    });
}

}  // namespace setclick::ledger::postgres
