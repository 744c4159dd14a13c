// SIGHUP and `setclickd reload`: the configuration is read again; an unusable one changes nothing.
#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include "instance.hpp"
#include "log_setup.hpp"
#include "notify.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
namespace json = boost::json;
using telemetry::level;
using telemetry::log_line;

namespace {

/// What the intake was made with. While it stays the same, the intake goes on undisturbed.
bool same_for_intake(settings::settings const& a, settings::settings const& b) {
    auto const of = [](settings::settings const& s) {
        auto const& p = s.spool;
        return std::tie(p.dir, p.settle, p.scan_every, p.inotify, p.max_line, p.max_file,
                        p.max_depth, s.dedupe.key, s.dialect.lead);
    };
    return of(a) == of(b) &&
           std::ranges::equal(a.accounts, b.accounts, {}, &settings::account_settings::id,
                              &settings::account_settings::id);
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

/// One at a time, from the first file read to the intake's new start. Who asks meanwhile gets
/// another one after it: what was written after the first had read must be read, too.
void instance::reload(std::optional<control::reply> to) {
    if (stopping_) {
        if (to) to->error(fail(errc::busy, "the daemon is ending; try again when it runs"));
        return;
    }
    if (reloading_) {
        reload_again_ = true;
        if (to) reload_next_.push_back(std::move(*to));
        return;
    }
    reloading_ = true;
    if (to) reload_now_.push_back(std::move(*to));
    notify_reloading();
    if (reloader_.joinable()) reloader_.join();
    // Reading files is no work for the thread that delivers.
    reloader_ = std::thread([this] {
        auto const loaded = std::make_shared<settings::loaded>(
            settings::load(options_.config, settings::process_environment()));
        asio::post(context_, [this, loaded] { apply(std::move(*loaded)); });
    });
}

void instance::reload_ended() {
    reloading_ = false;
    reload_now_.clear();
    notify_ready();
    if (!std::exchange(reload_again_, false) || stopping_) return;
    reload_now_ = std::exchange(reload_next_, {});
    reload(std::nullopt);
}

void instance::reload_failed(error const& why) {
    log_line(level::error, "the configuration was not reloaded; the old one stays",
             {{"error", why.message}});
    for (auto const& to : reload_now_)
        to.error(why);
    reload_ended();
}

/// May it be used by this daemon, as it runs?
result<setup::network_setup> instance::check(settings::loaded const& loaded) const {
    if (!loaded.usable()) {
        std::string all = "the new configuration cannot be used, the old one stays:";
        for (auto const& f : loaded.findings)
            if (f.level == settings::severity::error) all += "\n" + settings::to_text(f);
        return fail(errc::config, std::move(all));
    }
    for (auto const& [key, before, after] :
         {std::tuple{"spool.dir", settings_.spool.dir, loaded.values.spool.dir},
          std::tuple{"ledger.path", settings_.ledger.path, loaded.values.ledger.path},
          std::tuple{"control.socket", settings_.control_socket, loaded.values.control_socket}})
        if (before != after)
            return fail(
                errc::config,
                std::string(key) + " cannot change while the daemon runs; restart it for that");
    auto network = setup::network_setup_of(loaded.values, credentials_directory_);
    if (network.has_error()) return fail(errc::config, network.error().message);
    return network;
}

/// What holds from one moment on, or not at all.
struct instance::reloaded {
    settings::settings values;
    setup::network_setup network;
    json::array findings;
};

/// Until the ledger has numbers for all accounts (a full disk refuses new ones) everything goes on
/// by the old configuration.
void instance::apply(settings::loaded loaded) {
    if (stopping_) return;
    log_findings(loaded.findings);
    auto network = check(loaded);
    if (network.has_error()) return reload_failed(network.error());
    auto const fresh = std::make_shared<reloaded>();
    fresh->network = std::move(*network);
    fresh->values = std::move(loaded.values);
    for (auto const& f : loaded.findings)
        fresh->findings.emplace_back(settings::to_text(f));
    writer_->post(ledger::writer::priority::delivery, [this, fresh](ledger::store& store) {
        auto const known = std::make_shared<result<std::vector<ledger::account_info>>>(
            with_numbers(store, fresh->values.accounts));
        asio::post(context_, [this, fresh, known] {
            if (stopping_) return;
            if (known->has_error()) return reload_failed(known->error());
            take_over(std::move(*fresh), **known);
        });
    });
}

/// In one turn of the loop: no request is rendered for another address than the one that its
/// connection goes to.
void instance::take_over(reloaded fresh, std::vector<ledger::account_info> const& known) {
    if (fresh.values.dedupe.window != settings_.dedupe.window)
        log_line(level::warn, "dedupe.window changes with the next start only",
                 {{"now", duration_text(settings_.dedupe.window)}});
    if (fresh.values.delivery.threads != settings_.delivery.threads)
        log_line(level::warn, "delivery.threads changes with the next start only",
                 {{"now", settings_.delivery.threads}});
    for (auto const& k : known)
        numbers_[k.id] = k.no;
    auto const before = std::exchange(settings_, std::move(fresh.values));
    log_as(settings_.log);
    reconciler_->configure(settings_);
    use_network(fresh.network);
    pool_->configure(tls_, std::move(fresh.network.pool));
    set_login_target();
    broom_->keep(settings_.retention);
    deliver_->set_dialect(settings_.dialect);
    deliver_->set_endpoint(setup::endpoint_settings_of(settings_));
    accounts_reloaded(before, known);
    if (!setup::is_same_endpoint(before.endpoint, settings_.endpoint)) deliver_->endpoint_moved();
    // Whoever asked may drop a file for a new account next: it must meet the new rules.
    auto const done = [this, findings = std::move(fresh.findings)] {
        log_line(level::info, "the configuration was reloaded",
                 {{"accounts", settings_.accounts.size()}});
        for (auto const& to : reload_now_)
            to.result(json::object{{"findings", findings}});
        reload_ended();
    };
    same_for_intake(before, settings_) ? done() : restart_intake(done);
}

void instance::accounts_reloaded(settings::settings const& before,
                                 std::vector<ledger::account_info> const& known) {
    for (auto const& a : before.accounts)
        if (std::ranges::find(settings_.accounts, a.id, &settings::account_settings::id) ==
            settings_.accounts.end())
            deliver_->remove_account(numbers_.at(a.id));
    for (auto const& a : settings_.accounts)
        if (auto const it = std::ranges::find(known, a.id, &ledger::account_info::id);
            it != known.end())
            deliver_->set_account(setup_of(a, it->no), *it, 0);
    watch_tokens();
}

/// The intake checks events against the configured accounts: a new one takes over where the old one
/// stopped.
void instance::restart_intake(std::function<void()> done) {
    if (reloader_.joinable()) reloader_.join();
    reloader_ = std::thread([this, done = std::move(done)] {
        intake_->stop();
        writer_->post(ledger::writer::priority::delivery, [this, done](ledger::store& store) {
            auto const files =
                std::make_shared<result<std::vector<ledger::file_info>>>(store.unfinished_files());
            asio::post(context_, [this, files, done] {
                if (stopping_) return;
                if (files->has_error()) return fatal(files->error());
                // Files that delivery finished meanwhile.
                auto completes = intake_->left_over();
                start_intake(std::move(**files));
                intake_->complete(std::move(completes));
                done();
            });
        });
    });
}

}  // namespace setclick::daemon
