// SIGHUP and `setclickd reload`: the configuration is read again; an unusable one changes nothing.
#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include "account_setup.hpp"
#include "instance.hpp"
#include "log_setup.hpp"
#include "notify.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
namespace json = boost::json;
using telemetry::level;
using telemetry::log_line;

namespace {

/// Where events go, and the way there.
bool is_same_door(settings::endpoint_settings const& a, settings::endpoint_settings const& b) {
    auto const of = [](settings::endpoint_settings const& s) {
        return std::tie(s.base_url, s.set_click_path, s.ca_file, s.proxy, s.proxy_credentials_file);
    };
    return of(a) == of(b);
}

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

}  // namespace

/// One at a time, from the first file read to the intake's new start. Who asks meanwhile gets
/// another one behind it: what was written after the first had read must be read, too.
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

void instance::apply(settings::loaded loaded) {
    if (stopping_) return;
    log_findings(loaded.findings);
    json::array findings;
    for (auto const& f : loaded.findings)
        findings.emplace_back(settings::to_text(f));
    auto const refuse = [&](std::string const& why) {
        log_line(level::error, "the configuration was not reloaded; the old one stays",
                 {{"error", why}});
        for (auto const& to : reload_now_)
            to.error(fail(errc::config, why));
        reload_ended();
    };
    if (!loaded.usable()) {
        std::string all = "the new configuration cannot be used, the old one stays:";
        for (auto const& f : loaded.findings)
            if (f.level == settings::severity::error) all += "\n" + settings::to_text(f);
        return refuse(all);
    }
    auto tls = net::tls_client::make(loaded.values.endpoint.ca_file);
    if (tls.has_error()) return refuse(tls.error().message);
    secret<std::string> proxy_credentials;
    if (auto const& file = loaded.values.endpoint.proxy_credentials_file; !file.empty()) {
        auto read = settings::read_password(file, credentials_directory_);
        if (read.has_error()) return refuse(read.error().message);
        proxy_credentials = std::move(*read);
    }
    auto pool = pool_settings_of(loaded.values, std::move(proxy_credentials));
    if (pool.has_error()) return refuse(pool.error().message);
    for (auto const& [key, before, after] :
         {std::tuple{"spool.dir", settings_.spool.dir, loaded.values.spool.dir},
          std::tuple{"ledger.path", settings_.ledger.path, loaded.values.ledger.path}})
        if (before != after)
            return refuse(std::string(key) +
                          " cannot change while the daemon runs; restart it for that");

    if (loaded.values.delivery.threads != settings_.delivery.threads)
        log_line(level::warn, "delivery.threads changes with the next start only",
                 {{"now", settings_.delivery.threads}});

    auto const before = std::exchange(settings_, std::move(loaded.values));
    log_as(settings_.log);
    reconciler_->configure(settings_);
    endpoint_ = pool->open.to;
    open_ = pool->open;
    tls_ = std::move(*tls);
    pool_->configure(tls_, std::move(*pool));
    aim_login();
    broom_->keep(settings_.retention);
    deliver_->set_dialect(dialect_of(settings_));
    deliver_->set_endpoint(endpoint_settings_of(settings_));
    for (auto const& a : before.accounts)
        if (std::ranges::find(settings_.accounts, a.id, &settings::account_settings::id) ==
            settings_.accounts.end())
            deliver_->remove_account(numbers_.at(a.id));
    std::vector<std::string> ids;
    for (auto const& a : settings_.accounts)
        ids.push_back(a.id);
    bool const intake_stays = same_for_intake(before, settings_);
    bool const same_door = is_same_door(before.endpoint, settings_.endpoint);
    writer_->post(ledger::writer::priority::delivery,
                  [this, findings, ids, intake_stays, same_door](ledger::store& store) {
                      auto const known = std::make_shared<std::vector<ledger::account_info>>();
                      for (auto const& id : ids)
                          (void)store.account(id);
                      if (auto all = store.accounts(); all.has_value()) *known = std::move(*all);
                      asio::post(context_, [this, known, findings, intake_stays, same_door] {
                          if (stopping_) return;
                          accounts_reloaded(*known);
                          if (!same_door) deliver_->endpoint_moved();
                          // Whoever asked may drop a file for a new account next: it must meet the
                          // new rules.
                          auto const done = [this, findings] {
                              log_line(level::info, "the configuration was reloaded",
                                       {{"accounts", settings_.accounts.size()}});
                              for (auto const& to : reload_now_)
                                  to.result(json::object{{"findings", findings}});
                              reload_ended();
                          };
                          intake_stays ? done() : restart_intake(done);
                      });
                  });
}

void instance::accounts_reloaded(std::vector<ledger::account_info> const& known) {
    for (auto const& k : known)
        numbers_[k.id] = k.no;
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
                start_intake(**files);
                intake_->complete(std::move(completes));
                done();
            });
        });
    });
}

}  // namespace setclick::daemon
