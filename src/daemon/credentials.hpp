// The accounts' credentials: read at the start, watched, renewed by login, and given to delivery.
//
// Promises: a usable token stays in use until there is a better one; a password never goes out as a
// token, even where a reload changed the account while its file was read; a file that cannot be
// used is logged by name. Never: logs a token, a password or an e-mail.
//
// Threads: the main one (token_watch reads files on its own).
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "configuration.hpp"
#include "login.hpp"
#include "network.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "token_watch.hpp"

namespace setclick::daemon {

class credentials {
public:
    /// `directory`: of systemd's credentials, empty for none. All the others outlive this.
    credentials(boost::asio::io_context& context, configuration const& config,
                network const& network, dispatch::dispatcher& deliver, std::string directory);

    /// What delivery needs of a configured account; reads its token file (at the start and at a
    /// reload). Without a usable token it has no request template, and a line in the log.
    dispatch::account_setup setup_of(settings::account_settings const& a, account_no no);
    /// After the configuration or the network changed: watches the files of its accounts, and logs
    /// in where that is new.
    void watch();
    /// The account was answered 401: its credential is read again, or it logs in anew. Ends with
    /// `deliver::credential_refreshed`.
    void refresh(account_no no);
    /// No login begins any more, and nothing that is still found has an effect.
    void stop();

    /// When the tokens end that a login got, which may know more than the token.
    void add_to(delivery::deliver_status& s) const;

    login& logins() noexcept { return login_; }

private:
    login::wiring login_wiring();
    void secret_found(token_watch::source const& from, result<secret<std::string>> found,
                      bool asked);
    void token_found(account_no no, result<secret<std::string>> token, bool asked);

    configuration const& config_;
    network const& network_;
    dispatch::dispatcher& deliver_;
    std::string directory_;
    bool stopped_ = false;
    login login_;
    token_watch files_;  // last: its thread ends first
};

}  // namespace setclick::daemon
