#include "token_source.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <utility>

#include "permit_wait.hpp"
#include "setclickd/api/login.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/net/async_request.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"

namespace setclick::readback {
namespace asio = boost::asio;

namespace {

asio::awaitable<void, asio::io_context::executor_type> call_once(
    asio::io_context& context, std::shared_ptr<net::tls_client> tls, net::open_settings way,
    secret<std::string> request, milliseconds timeout, result<net::http_answer>& out) {
    out = co_await net::async_request(context, std::move(tls), std::move(way), std::move(request),
                                      timeout);
}

std::string good_until(std::optional<wall_time> end) {
    return end ? ", good until " + wall_text(*end) : std::string();
}

}  // namespace

token_source::token_source(settings::settings const& s, report_access& access,
                           std::shared_ptr<net::tls_client> tls, net::open_settings open,
                           std::atomic<bool> const& stop, on_wait_fn const& on_wait)
    : s_(s),
      access_(access),
      tls_(std::move(tls)),
      open_(std::move(open)),
      stop_(stop),
      on_wait_(on_wait) {}

result<found_token> token_source::find(settings::account_settings const& a) {
    if (!a.login) {
        auto from_file = settings::read_token(a.token_file, settings::credentials_directory());
        if (from_file)
            return found_token{std::move(*from_file), token_origin::file, "token found", 0};
        if (!access_.has_tokens()) return from_file.error();
    }
    return access_.has_tokens() ? from_daemon(a, std::nullopt) : log_in(a);
}

result<found_token> token_source::after_refusal(settings::account_settings const& a,
                                                std::uint64_t issue) {
    return from_daemon(a, issue);
}

result<found_token> token_source::from_daemon(settings::account_settings const& a,
                                              std::optional<std::uint64_t> refused) {
    auto had = access_.token(a.id, refused);
    if (!had) return had.error();
    return found_token{std::move(had->token), token_origin::daemon,
                       (a.login ? "token from the daemon's login" : "token found by the daemon") +
                           good_until(had->expires_at),
                       had->issue};
}

result<found_token> token_source::log_in(settings::account_settings const& a) {
    auto const password =
        settings::read_password(a.login->password_file, settings::credentials_directory());
    if (!password) return password.error();
    auto const passed = pass_gate(access_, a.id, stop_, [&](control::read_permit const& permit) {
        on_wait_(a.id, permit.wait);
    });
    if (!passed) return passed.error();
    auto const begun = std::chrono::steady_clock::now();
    asio::io_context context{1};
    result<net::http_answer> came = fail(errc::unreachable, "interrupted");
    auto const to = setup::login_target(s_, open_.to);
    asio::co_spawn(
        context.get_executor(),
        call_once(context, tls_, open_, api::login_request(to, a.login->email, *password),
                  s_.delivery.response_timeout, came),
        [](std::exception_ptr) {});
    context.run();
    if (!came) return fail(errc::unreachable, "login: " + came.error().message);
    auto const ago = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - begun);
    if (auto told = access_.read_answered(a.id, api::classify(came->view(), wall_now()), ago);
        !told)
        return told.error();
    auto got = api::read_login(came->status, came->body);
    if (!got) return got.error();
    return found_token{std::move(got->token), token_origin::own_login,
                       "login accepted" + good_until(got->expires_at), 0};
}

}  // namespace setclick::readback
