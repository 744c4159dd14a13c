#include "storage.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "crash_marker.hpp"
#include "notify.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/setup/adoption.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/node_identity.hpp"
#include "setclickd/telemetry/log.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

namespace {

/// Each account writes at a few pages of its own: where they do not stay in memory, they are read
/// again for each transaction.
std::uint32_t cache_kib_of(std::size_t accounts) {
    constexpr std::size_t kib_an_account = 16;
    return static_cast<std::uint32_t>(kib_an_account * std::min<std::size_t>(accounts, 1024));
}

/// A start that finds the ledger locked by another program, or its server away, waits for it: to end
/// would be to begin again and again, until systemd gives up.
class ledger_wait {
public:
    void wait(error const& why) {
        auto const now = std::chrono::steady_clock::now();
        if (trouble_.trouble(now)) log(why);
        notify_status(why.message);
        notify_start_takes(std::chrono::minutes{1});
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }

private:
    static void log(error const& why) {
        if (why.code == errc::unreachable)
            log_line(level::error,
                     "the ledger's server cannot be worked with; setclickd starts when it can",
                     {{"error", why.message}});
        else
            log_line(level::error,
                     "the ledger is locked by another program; setclickd starts when that ends",
                     {{"error", why.message}});
    }

    telemetry::log_limiter trouble_;
};

/// A ledger in PostgreSQL waits for its server within a call as long as it takes: nothing may be done
/// before it is known what became of the last transaction.
constexpr auto as_long_as_it_takes = std::chrono::hours{24 * 3650};

bool is_waited_for(error const& e) {
    return e.code == errc::busy || e.code == errc::unreachable;
}

/// It may take longer than systemd waits for a start; a slow disk writes a MiB in a second.
void log_rewrite(std::string const& path, ledger::ledger_rewrite const& r) {
    using enum ledger::ledger_rewrite::outcome;
    switch (r.is) {
        case begins:
            log_line(level::info,
                     "the ledger is of an earlier version: it is written anew once, with checksums",
                     {{"path", path}, {"bytes", r.ledger_bytes}});
            notify_status("the ledger is written anew, with checksums");
            notify_start_takes(std::chrono::minutes{1} +
                               std::chrono::seconds{4 * (r.ledger_bytes >> 20U)});
            break;
        case done:
            log_line(level::info, "the ledger has been written anew", {{"path", path}});
            break;
        case no_room:
            log_line(
                level::warn,
                "the ledger has no checksums: there is no room to write it anew. It works "
                "without; what its disk damages may go unnoticed. Make room, and the next start "
                "does it",
                {{"path", path},
                 {"free", r.free_bytes},
                 {"needed", r.needed_bytes},
                 {"bytes", r.ledger_bytes}});
            break;
    }
}

ledger::options options_of(settings::settings const& s, ledger::place where,
                           storage_figures const& figures) {
    ledger::options o;
    o.where = std::move(where);
    o.identity_window = s.dedupe.window;
    o.sqlite.cache_kib += cache_kib_of(s.accounts.size());
    o.sqlite.lock_wait = 1s;
    o.postgres.longest_look = as_long_as_it_takes;
    o.postgres.reach = &figures.reach;
    o.figures = &figures.commits;
    o.rewriting = [path = s.ledger.path](ledger::ledger_rewrite const& r) { log_rewrite(path, r); };
    return o;
}

/// Before there is one: what was lost is never replaced silently.
result<void> may_begin(ledger::place const& where, spool::directory const& spool) {
    if (where.is_in_postgres()) {
        auto const there = ledger::reader::open(where);
        if (there || there.error().code != errc::not_found) return {};
        return spool.may_begin_ledger(where.shown());
    }
    auto const path = std::filesystem::path(where.path);
    std::error_code ec;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ec);
    if (ec)
        return errno_error(ec.value(), "make the ledger's directory", path.parent_path().string());
    // An empty file is no ledger; where its log is there it was one.
    if (auto const own = ledger::verify_files(where); !own) return own.error();
    auto const size = std::filesystem::file_size(path, ec);
    if (ec == std::errc::no_such_file_or_directory || (!ec && size == 0))
        return spool.may_begin_ledger(where.path);
    return {};
}

result<std::unique_ptr<ledger::store>> open_ledger(ledger::options o,
                                                   spool::directory const& spool) {
    ledger_wait waiting;
    o.while_locked = [&](error const& why) { waiting.wait(why); };
    // A ledger that is refused stays what it was, however often the start is tried.
    o.accept = [&](std::string const& id, std::uint64_t run) -> result<void> {
        auto const suits = spool.verify_identity(id, run + 1);
        if (suits) return {};
        return fail(suits.error().code, "the ledger " + printable(o.where.shown(), 4096) +
                                            " cannot be used: " + suits.error().message);
    };
    if (auto const may = may_begin(o.where, spool); !may) return may.error();
    auto opened = ledger::store::open(o);
    for (; opened.has_error() && opened.error().code == errc::unreachable;
         opened = ledger::store::open(o))
        waiting.wait(opened.error());
    if (opened.has_error()) return opened.error();
    // One that was begun just now has to suit the spool, too.
    if (auto r = spool.verify_identity((*opened)->id(), (*opened)->run() + 1); r.has_error())
        return r.error();
    return std::move(*opened);
}

void log_what_was_found(ledger::recovery const& found, ledger::last_end const& end) {
    if (end.aborted)
        log_line(level::warn,
                 "the last run ended by a fault of its own (SIGSEGV, SIGABRT, the watchdog); "
                 "please report it",
                 {{"reading", end.reading ? end.reading->work_name + " at " +
                                                std::to_string(end.reading->offset)
                                          : "no file"}});
    if (found.in_doubt > 0)
        log_line(level::warn,
                 "the last run ended with attempts under way; their events are in doubt",
                 {{"in_doubt", found.in_doubt},
                  {"sent_again", found.resent},
                  {"held", found.held},
                  {"see", "setclickd list --in-doubt"}});
}

/// Where another process may still live under this spool's identity, it is watched for.
result<void> wait_until_free(ledger::lease& lease, spool::directory const& spool,
                             spool::node_identity const& identity) {
    auto const last = spool.last_run();
    if (!last) return last.error();
    ledger::node_start const start{identity.is_same_boot, identity.is_same_folder,
                                   static_cast<std::int64_t>(*last)};
    bool is_logged = false;
    auto const waiting = [&] {
        notify_start_takes(std::chrono::minutes{1});
        if (std::exchange(is_logged, true)) return;
        notify_status(
            "watching for 20 s whether another process lives under this spool's identity");
        log_line(level::info,
                 "the spool was used by another machine, or before this one's last boot: watching "
                 "for 20 s whether another process still lives under its identity");
    };
    ledger_wait away;
    auto free = lease.wait_until_free(start, waiting);
    for (; free.has_error() && free.error().code == errc::unreachable;
         free = lease.wait_until_free(start, waiting))
        away.wait(free.error());
    if (free || free.error().code != errc::busy) return free;
    return fail(
        errc::busy,
        free.error().message +
            "; two processes must never share one. End the other one; or, where this spool is "
            "a copy, empty it and remove " +
            spool.path() + "/.node, so that it becomes a node of its own");
}

/// Another node's person has adopted the ledger since this one worked with it.
result<void> join_adoption(ledger::place const& where, settings::settings const& s,
                           spool::directory const& spool) {
    auto const how = [&] { return setup::adoption_of(s, spool); };
    auto joined = ledger::join_adoption(where, how);
    for (ledger_wait away; joined.has_error() && joined.error().code == errc::unreachable;
         joined = ledger::join_adoption(where, how))
        away.wait(joined.error());
    return joined;
}

result<ledger::node_news> first_look(ledger::store& store) {
    auto found = store.poll(wall_now());
    for (ledger_wait away; found.has_error() && is_waited_for(found.error());
         found = store.poll(wall_now()))
        away.wait(found.error());
    return found;
}

result<ledger::recovery> recover(ledger::store& store, std::string const& marker) {
    auto const end = read_crash_marker(marker, store.run());
    ledger_wait waiting;
    auto found = store.recover(wall_now(), end);
    for (; found.has_error() && is_waited_for(found.error());
         found = store.recover(wall_now(), end))
        waiting.wait(found.error());
    if (found.has_error()) return found.error();
    remove_crash_marker(marker);
    arm_crash_marker(marker, store.run());
    log_what_was_found(*found, end);
    return found;
}

/// Adds the configured accounts that the ledger did not know, and logs the ones with events that
/// are no longer configured.
result<void> number_accounts(ledger::store& store, settings::settings const& s,
                             std::vector<ledger::account_info>& known) {
    auto const is_known = [&](std::string const& id) {
        return std::ranges::find(known, id, &ledger::account_info::id) != known.end();
    };
    for (auto const& a : known)
        if (std::ranges::find(s.accounts, a.id, &settings::account_settings::id) ==
                s.accounts.end() &&
            a.oldest_waiting != wall_time{})
            log_line(level::warn, "the configuration does not name an account whose events wait",
                     {{"account", a.id}});
    for (auto const& a : s.accounts) {
        if (is_known(a.id)) continue;
        auto number = store.account(a.id);
        for (ledger_wait waiting; number.has_error() && is_waited_for(number.error());
             number = store.account(a.id))
            waiting.wait(number.error());
        if (number.has_error()) return number.error();
        ledger::account_info fresh;
        fresh.no = *number;
        fresh.id = a.id;
        known.push_back(std::move(fresh));
    }
    return {};
}

}  // namespace

result<storage> open_storage(settings::settings const& s, storage_figures const& figures) {
    storage out;
    auto spool = spool::directory::open(s.spool.dir);
    if (spool.has_error()) return spool.error();
    out.spool = std::make_unique<spool::directory>(std::move(*spool));
    auto where = setup::ledger_place_of(s);
    std::optional<spool::node_identity> node;
    if (where.is_in_postgres()) {
        auto identity = spool::node_identity_of(*out.spool);
        if (!identity) return identity.error();
        node = std::move(*identity);
        where.node = node->id;
        where.acknowledged = spool::acknowledged_of(*out.spool);
        out.clock = node->boot;
        if (auto r = join_adoption(where, s, *out.spool); r.has_error()) return r.error();
    }
    auto ledger = open_ledger(options_of(s, where, figures), *out.spool);
    if (ledger.has_error()) return ledger.error();
    out.ledger = std::move(*ledger);
    if (node) {
        out.lease = ledger::lease::of(where);
        if (auto r = wait_until_free(*out.lease, *out.spool, *node); r.has_error())
            return r.error();
    }
    auto found = recover(*out.ledger, node ? s.spool.dir + "/.crashed" : where.path + ".crashed");
    if (found.has_error()) return found.error();
    out.found = std::move(*found);
    out.run = out.ledger->run();
    if (auto r = out.spool->check_identity(out.ledger->id(), out.run); r.has_error())
        return r.error();
    if (node)
        if (auto r = spool::keep_node_identity(*out.spool, *node); r.has_error()) return r.error();
    if (auto r = number_accounts(*out.ledger, s, out.found.accounts); r.has_error())
        return r.error();
    if (node) {
        auto news = first_look(*out.ledger);
        if (news.has_error()) return news.error();
        out.news = std::move(*news);
    }
    return out;
}

}  // namespace setclick::daemon
