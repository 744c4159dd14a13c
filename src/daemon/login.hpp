// Tokens by login: for accounts that have an e-mail and a password instead of a token file.
//
// Promises: one login of an account at a time, however many wait for it; each passes the account's
// rate gate; the token lives in memory only and is renewed before it ends; a login that fails is
// tried again at growing intervals. Never: prints or keeps a password longer than the login needs
// it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/api/request.hpp"
#include "setclickd/api/verdict.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/delivery/backoff.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/http_answer.hpp"
#include "setclickd/net/tls.hpp"

namespace setclick::daemon {

class login {
public:
    struct wiring {
        /// When the account's gate lets a call pass: `now` means that it has passed, else ask again
        /// then.
        std::function<steady_time(account_no, steady_time now)> permit;
        /// A new token, or why there is none. `asked`: somebody waits for it (a 401).
        std::function<void(account_no, result<secret<std::string>>, bool asked)> found;
        /// What an answer says about the rate.
        std::function<void(account_no, api::answer_facts const&, steady_time begun)> answered;
        /// The account's password, from its file: answered by `password_found`.
        std::function<void(account_no)> read_password;
    };
    struct target {
        net::open_settings open;
        std::shared_ptr<net::tls_client> tls;
        api::target to;
        milliseconds timeout{30s};
    };

    login(boost::asio::io_context& context, wiring w);
    ~login();

    void set_target(target to) { target_ = std::move(to); }
    /// The accounts that log in; those no longer named are forgotten. New and changed ones log in
    /// at once.
    struct who {
        std::string email;
        std::string password_file;
        friend bool operator==(who const&, who const&) = default;
    };
    void set_accounts(std::map<account_no, who> const& accounts);
    bool knows(account_no no) const { return accounts_.contains(no); }
    /// A new token is wanted. `asked` as in `found`.
    void want(account_no no, bool asked);
    /// The same for one who waits for it: `done` is called behind `found`, with why there is no new
    /// token. Not at all when the account goes meanwhile.
    using waiter = std::function<void(std::optional<error> const& why_not)>;
    void want(account_no no, waiter done);
    /// When the present token ends, as the login said.
    std::optional<wall_time> expires_at(account_no no) const;
    /// How many tokens it has got: tells one from the next. 0 where it does not log in.
    std::uint64_t issue(account_no no) const;
    void password_found(account_no no, result<secret<std::string>> password);
    void stop();

private:
    using executor = boost::asio::io_context::executor_type;
    using timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;
    struct session {
        explicit session(boost::asio::io_context& context) : again(context) {}
        who is;
        bool running = false;    // the password is being read, or the call is under way
        bool calling = false;    // the latter
        bool once_more = false;  // another password was found meanwhile
        bool asked = false;
        std::vector<waiter> waiters;
        std::optional<wall_time> expires_at;
        std::uint64_t issue = 0;
        int failures = 0;
        timer again;  // renewal, or the next try
    };

    boost::asio::awaitable<void, executor> run(account_no no, secret<std::string> password);
    void answered(account_no no, net::http_answer const& answer, steady_time begun);
    void ended(account_no no, result<secret<std::string>> token, milliseconds next);
    void again_in(account_no no, session& s, milliseconds after);

    boost::asio::io_context& context_;
    wiring wiring_;
    target target_;
    std::map<account_no, std::shared_ptr<session>> accounts_;
    delivery::backoff backoff_{{std::chrono::seconds{5}, std::chrono::minutes{15}, 2, 1s}};
    delivery::random_source random_;
};

}  // namespace setclick::daemon
