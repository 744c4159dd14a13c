// SIGHUP and `setclickd reload`: the configuration is read again while everything runs.
//
// Promises: all of it holds from one moment on, or none of it: an unusable configuration changes
// nothing and is answered with every finding; reloads never overlap; whoever asked is answered
// after the intake works by the new rules, since the next thing may be a file for a new account.
// Never: blocks the thread that delivers (files are read, and the intake is waited for, on the
// given thread); touches paths that cannot change while the daemon runs.
//
// Threads: the main one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/array.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "configuration.hpp"
#include "credentials.hpp"
#include "current_intake.hpp"
#include "network.hpp"
#include "reload_turns.hpp"
#include "setclickd/control/server.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/settings/load.hpp"
#include "setclickd/setup/network.hpp"

namespace setclick::daemon {

class reloader {
public:
    /// All of them outlive this.
    struct parts {
        boost::asio::io_context& context;
        boost::asio::thread_pool& blocking;  ///< one thread
        ledger::writer& writer;
        configuration& config;
        network& net;
        credentials& secrets;
        dispatch::dispatcher& deliver;
        current_intake& intake;
    };
    struct wiring {
        /// New settings are in effect: for those that are not among the parts.
        std::function<void(settings::settings const&)> applied;
        /// Whether an account is this node's; unset: all are.
        std::function<bool(account_no)> owns;
        /// The ledger cannot be trusted any more.
        std::function<void(error const&)> fatal;
    };
    /// `path`: of the configuration. `credentials_directory` as for `credentials`.
    reloader(parts with, wiring w, std::string path, std::string credentials_directory);

    /// Reloads now, or after the one that is under way. `to` is answered when it is complete.
    void ask(std::optional<control::reply> to);
    /// The intake starts again, since it knows more accounts now; the settings stay.
    void renew_intake();
    /// The daemon ends: whoever waits is answered `busy`, and nothing more is changed.
    void stop();

private:
    struct fresh_configuration;
    void begin();
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<result<boost::json::array>> reload_once();
    /// May it be used by this daemon, as it runs?
    result<setup::network_setup> check(settings::loaded const& loaded) const;
    /// Returns the settings before.
    settings::settings apply(fresh_configuration fresh,
                             std::vector<ledger::account_info> const& known);
    void apply_accounts(settings::settings const& before,
                        std::vector<ledger::account_info> const& known);
    boost::asio::awaitable<void> restart_intake();

    parts with_;
    wiring wiring_;
    std::string path_;
    std::string credentials_directory_;
    reload_turns<control::reply> turns_;
    bool is_reload_asked_ = false;   // else the intake alone is to be made anew
    bool is_renewal_asked_ = false;  // of the intake, whatever is reloaded
    bool stopped_ = false;
};

}  // namespace setclick::daemon
