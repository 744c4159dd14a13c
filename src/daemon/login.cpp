#include "login.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "setclickd/api/login.hpp"
#include "setclickd/base/version.hpp"
#include "setclickd/net/once.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<asio::io_context::executor_type>{});

/// A token is renewed when a tenth of its life is left, at least a minute before its end; at most a month ahead.
milliseconds renewal_after(std::optional<wall_time> expires, wall_time now) {
    constexpr milliseconds longest = std::chrono::hours{24 * 30};
    if (!expires) return longest;
    auto const life = std::max<milliseconds>(*expires - now, 0ms);
    auto const before = std::max<milliseconds>(life / 10, std::chrono::minutes{1});
    return std::clamp<milliseconds>(life - before, 5s, longest);
}

std::string request_text(login::target const& to, std::string const& body) {
    return "POST " + to.path + " HTTP/1.1\r\nHost: " + to.host_header +
           "\r\nContent-Type: application/json\r\nAccept: application/json\r\nUser-Agent: setclickd/" + std::string(version()) +
           "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

login::login(asio::io_context& context, wiring w) : context_(context), wiring_(std::move(w)) {}
login::~login() = default;

void login::set_accounts(std::map<account_no, std::string> const& emails) {
    std::erase_if(accounts_, [&](auto const& entry) { return !emails.contains(entry.first); });
    for (auto const& [no, email] : emails) {
        auto& s = accounts_[no];
        bool const is_new = !s || s->email != email;
        if (!s) s = std::make_shared<session>(context_);
        s->email = email;
        if (is_new) want(no, false);
    }
}

void login::want(account_no no, bool asked) {
    auto const it = accounts_.find(no);
    if (it == accounts_.end()) return;
    auto& s = *it->second;
    s.asked = s.asked || asked;
    if (s.running) return;  // its answer serves all who wait
    s.running = true;
    s.again.cancel();
    wiring_.read_password(no);
}

void login::password_found(account_no no, result<secret<std::string>> password) {
    auto const it = accounts_.find(no);
    if (it == accounts_.end()) return;
    it->second->running = true;
    if (password.has_error()) return ended(no, password.error(), backoff_.delay(++it->second->failures, random_));
    asio::co_spawn(context_, run(no, std::move(*password)), asio::detached);
}

asio::awaitable<void, asio::io_context::executor_type> login::run(account_no no, secret<std::string> password) {
    auto const it = accounts_.find(no);
    if (it == accounts_.end()) co_return;
    auto const s = it->second;
    for (;;) {
        auto const now = std::chrono::steady_clock::now();
        auto const at = wiring_.permit(no, now);
        if (at <= now) break;
        s->again.expires_at(std::min(at, now + 60s));
        auto const [ec] = co_await s->again.async_wait(as_result);
        if (ec) {
            s->running = false;
            co_return;
        }
    }
    auto const body = api::login_body(s->email, password);
    auto request = request_text(target_, body.reveal());
    auto const tls = target_.tls;
    auto const open = target_.open;
    auto const answer = co_await net::exchange_once(context_, tls, open, std::move(request), target_.timeout);
    auto const wall_now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    if (!accounts_.contains(no)) co_return;
    if (answer.failure) {
        ended(no, fail(errc::unreachable, "login: " + answer.failure->text), backoff_.delay(++s->failures, random_));
        co_return;
    }
    if (answer.status != 200) {
        auto const why = answer.status == 401 ? "login: the server does not accept e-mail and password (401); mend "
                                                "login.email or the password file"
                                              : "login: the server answered " + std::to_string(answer.status);
        ended(no, fail(errc::config, why), backoff_.delay(++s->failures, random_));
        co_return;
    }
    auto parsed = api::parse_login(answer.body);
    if (parsed.has_error()) {
        ended(no, parsed.error(), backoff_.delay(++s->failures, random_));
        co_return;
    }
    s->failures = 0;
    ended(no, std::move(parsed->token), renewal_after(parsed->expires_at, wall_now));
}

void login::ended(account_no no, result<secret<std::string>> token, milliseconds next) {
    auto const s = accounts_.at(no);
    s->running = false;
    bool const asked = std::exchange(s->asked, false);
    again_in(no, *s, next);
    wiring_.found(no, std::move(token), asked);
}

void login::again_in(account_no no, session& s, milliseconds after) {
    s.again.expires_after(after);
    s.again.async_wait([this, no](boost::system::error_code ec) {
        if (!ec) want(no, false);
    });
}

void login::stop() {
    for (auto const& [no, s] : accounts_) s->again.cancel();
    accounts_.clear();
}

}  // namespace setclick::daemon
