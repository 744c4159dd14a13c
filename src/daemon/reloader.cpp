#include "reloader.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include "blocking_call.hpp"
#include "log_setup.hpp"
#include "notify.hpp"
#include "setclickd/async/ledger_call.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
namespace json = boost::json;
using telemetry::level;
using telemetry::log_line;

namespace {

/// What the intake was made with. While it stays the same, the intake goes on undisturbed.
bool is_same_for_intake(settings::settings const& a, settings::settings const& b) {
    auto const of = [](settings::settings const& s) {
        auto const& p = s.spool;
        return std::tie(p.dir, p.settle, p.patience, p.scan_every, p.inotify, p.max_line,
                        p.max_file, p.max_depth, s.dedupe.key, s.dialect.lead, s.profiles);
    };
    auto const of_account = [](settings::account_settings const& s) {
        return std::tie(s.id, s.time_zone);
    };
    return of(a) == of(b) && std::ranges::equal(a.accounts, b.accounts, {}, of_account, of_account);
}

void log_what_needs_a_restart(settings::settings const& before, settings::settings const& fresh) {
    if (fresh.dedupe.window != before.dedupe.window)
        log_line(level::warn, "dedupe.window changes with the next start only",
                 {{"now", duration_text(before.dedupe.window)}});
    if (fresh.delivery.threads != before.delivery.threads)
        log_line(level::warn, "delivery.threads changes with the next start only",
                 {{"now", before.delivery.threads}});
}

/// All accounts that the ledger knows, once these are among them.
result<std::vector<ledger::account_info>> with_numbers(
    ledger::store& store, std::vector<settings::account_settings> const& accounts) {
    for (auto const& a : accounts)
        if (auto const no = store.account(a.id); no.has_error())
            return fail(no.error().code,
                        "the old configuration stays, as account " + a.id +
                            " cannot be entered in the ledger: " + no.error().message +
                            "; reload again when that is mended");
    return store.accounts();
}

}  // namespace

/// What holds from one moment on, or not at all.
struct reloader::fresh_configuration {
    settings::settings values;
    setup::network_setup network;
};

reloader::reloader(parts with, wiring w, std::string path, std::string credentials_directory)
    : with_(with),
      wiring_(std::move(w)),
      path_(std::move(path)),
      credentials_directory_(std::move(credentials_directory)) {}

void reloader::ask(std::optional<control::reply> to) {
    if (stopped_) {
        if (to) to->error(fail(errc::busy, "the daemon is ending; try again when it runs"));
        return;
    }
    is_reload_asked_ = true;
    if (turns_.ask(std::move(to))) begin();
}

void reloader::renew_intake() {
    is_renewal_asked_ = true;
    if (!stopped_ && turns_.ask(std::nullopt)) begin();
}

void reloader::begin() {
    asio::co_spawn(with_.context, run(), [](std::exception_ptr const& thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

void reloader::stop() {
    stopped_ = true;
    for (auto const& to : turns_.cancel())
        to.error(fail(errc::busy, "the daemon is ending; the configuration was not reloaded"));
}

asio::awaitable<void> reloader::run() {
    do {
        if (!std::exchange(is_reload_asked_, false)) {
            is_renewal_asked_ = false;
            turns_.enter(reload_stage::applied);
            co_await restart_intake();
            if (stopped_) co_return;
            turns_.finish();
            continue;
        }
        notify_reloading();
        auto const findings = co_await reload_once();
        if (stopped_) co_return;
        auto const waiting = turns_.finish();
        if (findings.has_error()) {
            log_line(level::error, "the configuration was not reloaded; the old one stays",
                     {{"error", findings.error().message}});
            for (auto const& to : waiting)
                to.error(findings.error());
        } else {
            log_line(level::info, "the configuration was reloaded",
                     {{"accounts", with_.config.now().accounts.size()}});
            for (auto const& to : waiting)
                to.result(json::object{{"findings", *findings}});
        }
        notify_ready();
    } while (turns_.begin_next());
}

/// After each wait the end may have begun: then what is returned has no effect any more.
asio::awaitable<result<json::array>> reloader::reload_once() {
    auto read = [this] { return settings::load(path_, settings::process_environment()); };
    auto loaded = co_await blocking_call(with_.blocking, std::move(read));
    json::array findings;
    if (stopped_) co_return findings;
    log_findings(loaded.findings);
    auto network = check(loaded);
    if (network.has_error()) co_return network.error();
    for (auto const& f : loaded.findings)
        findings.emplace_back(settings::to_text(f));
    fresh_configuration fresh{std::move(loaded.values), std::move(*network)};

    // Until the ledger has numbers for all accounts (a full disk refuses new ones) everything goes
    // on by the old configuration.
    turns_.enter(reload_stage::numbering);
    auto number = [accounts = fresh.values.accounts](ledger::store& store) {
        return with_numbers(store, accounts);
    };
    auto const known = co_await async::ledger_call(with_.writer, ledger::writer::priority::delivery,
                                                   std::move(number));
    if (stopped_) co_return findings;
    if (known.has_error()) co_return known.error();

    turns_.enter(reload_stage::applied);
    auto const before = apply(std::move(fresh), *known);
    bool const is_renewal_asked = std::exchange(is_renewal_asked_, false);
    if (is_renewal_asked || !is_same_for_intake(before, with_.config.now()))
        co_await restart_intake();
    co_return findings;
}

result<setup::network_setup> reloader::check(settings::loaded const& loaded) const {
    if (!loaded.usable()) {
        std::string all = "the new configuration cannot be used, the old one stays:";
        for (auto const& f : loaded.findings)
            if (f.level == settings::severity::error) all += "\n" + settings::to_text(f);
        return fail(errc::config, std::move(all));
    }
    auto const& now = with_.config.now();
    for (auto const& [key, before, after] :
         {std::tuple{"spool.dir", now.spool.dir, loaded.values.spool.dir},
          std::tuple{"ledger.path", now.ledger.path, loaded.values.ledger.path},
          std::tuple{"ledger.postgres", now.ledger.postgres, loaded.values.ledger.postgres},
          std::tuple{"ledger.password_file", now.ledger.password_file,
                     loaded.values.ledger.password_file},
          std::tuple{"ledger.node", now.ledger.node, loaded.values.ledger.node},
          std::tuple{"control.socket", now.control_socket, loaded.values.control_socket}})
        if (before != after)
            return fail(
                errc::config,
                std::string(key) + " cannot change while the daemon runs; restart it for that");
    auto network = setup::network_setup_of(loaded.values, credentials_directory_);
    if (network.has_error()) return fail(errc::config, network.error().message);
    return network;
}

/// In one turn of the loop: no request is rendered for another address than the one that its
/// connection goes to.
settings::settings reloader::apply(fresh_configuration fresh,
                                   std::vector<ledger::account_info> const& known) {
    log_what_needs_a_restart(with_.config.now(), fresh.values);
    auto before = with_.config.replace(std::move(fresh.values), known);
    auto const& now = with_.config.now();
    log_as(now.log);
    with_.net.use(std::move(fresh.network));
    with_.deliver.set_dialect(now.dialect);
    with_.deliver.set_endpoint(setup::endpoint_settings_of(now));
    apply_accounts(before, known);
    if (!setup::is_same_endpoint(before.endpoint, now.endpoint)) with_.deliver.endpoint_moved();
    wiring_.applied(now);
    return before;
}

void reloader::apply_accounts(settings::settings const& before,
                              std::vector<ledger::account_info> const& known) {
    for (auto const& a : before.accounts)
        if (!with_.config.is_configured(a.id))
            with_.deliver.remove_account(with_.config.number_of(a));
    for (auto const& a : with_.config.now().accounts)
        if (auto const it = std::ranges::find(known, a.id, &ledger::account_info::id);
            it != known.end()) {
            auto setup = with_.secrets.setup_of(a, it->no);
            if (!wiring_.owns || wiring_.owns(it->no))
                with_.deliver.set_account(std::move(setup), *it, 0);
            else
                with_.deliver.set_account_elsewhere(std::move(setup));
        }
    with_.secrets.watch();
}

/// The intake checks events against the configured accounts: a new one takes over where the old one
/// stopped.
asio::awaitable<void> reloader::restart_intake() {
    turns_.enter(reload_stage::stopping_intake);
    auto stop = [this] {
        with_.intake.stop();
        return true;
    };
    co_await blocking_call(with_.blocking, std::move(stop));
    if (stopped_) co_return;
    auto unfinished = [](ledger::store& store) { return store.unfinished_files(); };
    auto files = co_await async::ledger_call(with_.writer, ledger::writer::priority::delivery,
                                             std::move(unfinished));
    if (stopped_) co_return;
    if (files.has_error()) {
        wiring_.fatal(files.error());
        co_return;
    }
    with_.intake.start(std::move(*files));
}

}  // namespace setclick::daemon
