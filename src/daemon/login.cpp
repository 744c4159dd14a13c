#include "login.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "setclickd/api/login.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/net/async_request.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<asio::io_context::executor_type>{});

/// A token is renewed when a tenth of its life is left, at least a minute before its end; at most a
/// month ahead.
milliseconds renewal_after(std::optional<wall_time> expires, wall_time now) {
    constexpr milliseconds longest = std::chrono::hours{24 * 30};
    if (!expires) return longest;
    // By a clock that is wrong, ours or theirs: a 401 tells when it is really over.
    if (*expires <= now) return std::chrono::hours{1};
    milliseconds const life = *expires - now;
    auto const before = std::max<milliseconds>(life / 10, std::chrono::minutes{1});
    return std::clamp<milliseconds>(life - before, 5s, longest);
}

}  // namespace

login::login(asio::io_context& context, wiring w) : context_(context), wiring_(std::move(w)) {}
login::~login() = default;

void login::set_accounts(std::map<account_no, who> const& accounts) {
    std::erase_if(accounts_, [&](auto const& entry) { return !accounts.contains(entry.first); });
    for (auto const& [no, is] : accounts) {
        auto& s = accounts_[no];
        bool const is_new = !s || s->is != is;
        if (!s) s = std::make_shared<session>(context_);
        s->is = is;
        if (is_new && s->running) s->once_more = true;
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

void login::want(account_no no, waiter done) {
    auto const it = accounts_.find(no);
    if (it == accounts_.end()) return;
    it->second->waiters.push_back(std::move(done));
    want(no, true);
}

std::optional<wall_time> login::expires_at(account_no no) const {
    auto const it = accounts_.find(no);
    return it == accounts_.end() ? std::nullopt : it->second->expires_at;
}

std::uint64_t login::issue(account_no no) const {
    auto const it = accounts_.find(no);
    return it == accounts_.end() ? 0 : it->second->issue;
}

void login::password_found(account_no no, result<secret<std::string>> password) {
    auto const it = accounts_.find(no);
    if (it == accounts_.end()) return;
    auto& s = *it->second;
    if (s.calling) {  // its file was written meanwhile: one login at a time
        s.once_more = true;
        return;
    }
    s.running = true;
    if (password.has_error())
        return ended(no, password.error(), backoff_.delay(++s.failures, random_));
    s.calling = true;
    asio::co_spawn(context_, run(no, std::move(*password)), asio::detached);
}

asio::awaitable<void, asio::io_context::executor_type> login::run(account_no no,
                                                                  secret<std::string> password) {
    auto const it = accounts_.find(no);
    if (it == accounts_.end()) co_return;
    auto const s = it->second;
    for (;;) {
        auto const now = std::chrono::steady_clock::now();
        auto const at = wiring_.permit(no, now);
        if (at <= now) break;
        s->again.expires_at(std::min(at, now + 60s));
        auto const [ec] = co_await s->again.async_wait(as_result);
        auto const still = accounts_.find(no);
        if (ec || still == accounts_.end() || still->second != s) co_return;
    }
    auto request = api::login_request(target_.to, s->is.email, password);
    auto const tls = target_.tls;
    auto const open = target_.open;
    auto const begun = std::chrono::steady_clock::now();
    auto const answer =
        co_await net::async_request(context_, tls, open, std::move(request), target_.timeout);
    auto const still = accounts_.find(no);
    if (still == accounts_.end() || still->second != s) co_return;
    s->calling = false;
    if (!answer)
        ended(no, fail(errc::unreachable, "login: " + answer.error().message),
              backoff_.delay(++s->failures, random_));
    else
        answered(no, *answer, begun);
}

void login::answered(account_no no, net::http_answer const& answer, steady_time begun) {
    auto const now = wall_now();
    auto& s = *accounts_.at(no);
    wiring_.answered(no, api::classify(answer.view(), now), begun);
    auto got = api::read_login(answer.status, answer.body);
    if (got.has_error()) return ended(no, got.error(), backoff_.delay(++s.failures, random_));
    s.failures = 0;
    s.expires_at = got->expires_at;
    ended(no, std::move(got->token), renewal_after(got->expires_at, now));
}

void login::ended(account_no no, result<secret<std::string>> token, milliseconds next) {
    auto const s = accounts_.at(no);
    s->running = false;
    bool const asked = std::exchange(s->asked, false);
    auto const waiters = std::exchange(s->waiters, {});
    auto const why_not = token.has_error() ? std::optional(token.error()) : std::nullopt;
    if (!why_not) ++s->issue;
    again_in(no, *s, next);
    bool const once_more = std::exchange(s->once_more, false);
    wiring_.found(no, std::move(token), asked);
    for (auto const& done : waiters)
        done(why_not);
    if (once_more) want(no, false);
}

void login::again_in(account_no no, session& s, milliseconds after) {
    s.again.expires_after(after);
    s.again.async_wait([this, no](boost::system::error_code ec) {
        if (!ec) want(no, false);
    });
}

void login::stop() {
    for (auto const& [no, s] : accounts_)
        s->again.cancel();
    accounts_.clear();
}

}  // namespace setclick::daemon
