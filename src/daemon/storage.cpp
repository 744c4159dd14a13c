#include "storage.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "crash_marker.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

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

result<std::unique_ptr<ledger::store>> open_ledger(settings::settings const& s,
                                                   spool::directory const& spool) {
    auto const path = std::filesystem::path(s.ledger.path);
    std::error_code ec;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ec);
    if (ec)
        return errno_error(ec.value(), "make the ledger's directory", path.parent_path().string());
    ledger::options o;
    o.where = s.ledger.path;
    o.identity_window = s.dedupe.window;
    o.sqlite.cache_kib += cache_kib_of(s.accounts.size());
    if (!std::filesystem::exists(path, ec) && !ec)
        if (auto r = spool.may_begin_ledger(s.ledger.path); r.has_error()) return r.error();
    auto opened = ledger::store::open(o);
    if (opened.has_error()) return opened.error();
    // Before the recovery: a ledger that is refused stays what it was, however often the start is
    // tried.
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

result<ledger::recovery> recover(ledger::store& store, std::string const& ledger_path) {
    auto const marker = ledger_path + ".crashed";
    auto const end = read_crash_marker(marker, store.run());
    auto found = store.recover(wall_now(), end);
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
        auto const number = store.account(a.id);
        if (number.has_error()) return number.error();
        ledger::account_info fresh;
        fresh.no = *number;
        fresh.id = a.id;
        known.push_back(std::move(fresh));
    }
    return {};
}

}  // namespace

result<storage> open_storage(settings::settings const& s) {
    storage out;
    auto spool = spool::directory::open(s.spool.dir);
    if (spool.has_error()) return spool.error();
    out.spool = std::make_unique<spool::directory>(std::move(*spool));
    auto ledger = open_ledger(s, *out.spool);
    if (ledger.has_error()) return ledger.error();
    out.ledger = std::move(*ledger);
    auto found = recover(*out.ledger, s.ledger.path);
    if (found.has_error()) return found.error();
    out.found = std::move(*found);
    out.run = out.ledger->run();
    if (auto r = out.spool->check_identity(out.ledger->id(), out.run); r.has_error())
        return r.error();
    if (auto r = number_accounts(*out.ledger, s, out.found.accounts); r.has_error())
        return r.error();
    return out;
}

}  // namespace setclick::daemon
