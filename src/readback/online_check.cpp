#include "setclickd/readback/online_check.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>

#include "permit_wait.hpp"
#include "setclickd/api/login.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/net/async_request.hpp"
#include "setclickd/net/blocking_client.hpp"
#include "setclickd/readback/page_reader.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/network.hpp"

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

class online_checking {
public:
    online_checking(settings::settings const& s, std::atomic<bool> const& stop,
                    on_wait_fn const& on_wait)
        : s_(s), stop_(stop), on_wait_(on_wait) {}

    online_view all(open_access_fn const& open_access) {
        online_view seen;
        if (auto const reached = endpoint(); reached)
            seen.endpoint = *reached;
        else
            seen.fault = reached.error();
        if (seen.fault) return seen;
        auto access = open_access();
        if (!access) {
            seen.fault = access.error();
            return seen;
        }
        access_ = std::move(*access);
        for (auto const& a : s_.accounts)
            seen.accounts.push_back(account(a));
        return seen;
    }

private:
    /// Name, connection, proxy, TLS: without a request.
    result<std::string> endpoint() {
        auto setup = setup::network_setup_of(s_, settings::credentials_directory());
        if (!setup) return setup.error();
        network_ = std::move(*setup);
        net::blocking_client_settings how;
        how.open = network_.pool.open;
        how.stop = &stop_;
        auto const facts = net::blocking_client(network_.tls, std::move(how)).connect();
        if (!facts) return facts.error();
        return fmt::format("reached {}at {}, {}, certificate valid until {}",
                           network_.pool.open.proxy ? "through the proxy " : "", facts->address,
                           facts->tls, facts->valid_until);
    }

    online_account account(settings::account_settings const& a) {
        online_account out;
        out.id = a.id;
        page_plan plan;
        plan.account = a.id;
        plan.page_rows = 1;
        if (auto const range = api::date_range("today")) plan.date_range = *range;
        if (auto const found = credential(a, plan.token); found)
            out.credential = *found;
        else
            out.fault = found.error();
        if (!out.fault) out.fault = report(std::move(plan));
        return out;
    }

    /// Where the token is from. `token` is set where nobody but us could give it to the reader.
    result<std::string> credential(settings::account_settings const& a,
                                   secret<std::string>& token) {
        if (!a.login) {
            auto const from_file =
                settings::read_token(a.token_file, settings::credentials_directory());
            if (from_file) return std::string("token found");
            if (!access_->has_tokens()) return from_file.error();
        }
        if (access_->has_tokens()) {
            auto const had = access_->token(a.id, std::nullopt);
            if (!had) return had.error();
            return (a.login ? "token from the daemon's login" : "token found by the daemon") +
                   good_until(had->expires_at);
        }
        auto got = log_in(a);
        if (!got) return got.error();
        token = std::move(got->token);
        return "login accepted" + good_until(got->expires_at);
    }

    result<api::login_answer> log_in(settings::account_settings const& a) {
        auto const password =
            settings::read_password(a.login->password_file, settings::credentials_directory());
        if (!password) return password.error();
        auto const passed =
            pass_gate(*access_, a.id, stop_,
                      [&](control::read_permit const& permit) { on_wait_(a.id, permit.wait); });
        if (!passed) return passed.error();
        auto const begun = std::chrono::steady_clock::now();
        asio::io_context context{1};
        result<net::http_answer> came = fail(errc::unreachable, "interrupted");
        auto const to = setup::login_target(s_, network_.pool.open.to);
        asio::co_spawn(context.get_executor(),
                       call_once(context, network_.tls, network_.pool.open,
                                 api::login_request(to, a.login->email, *password),
                                 s_.delivery.response_timeout, came),
                       [](std::exception_ptr) {});
        context.run();
        if (!came) return fail(errc::unreachable, "login: " + came.error().message);
        auto const ago = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - begun);
        if (auto told = access_->read_answered(a.id, api::classify(came->view(), wall_now()), ago);
            !told)
            return told.error();
        return api::read_login(came->status, came->body);
    }

    /// The report's first row of today: harmless, and shows whether the token is accepted.
    std::optional<error> report(page_plan plan) {
        auto const id = plan.account;
        auto pages =
            page_reader::open(s_, *access_, std::move(plan), stop_, [&](page_progress const& at) {
                if (at.trouble.empty()) on_wait_(id, at.wait);
            });
        if (!pages) return pages.error();
        std::vector<api::report_row> rows;
        auto const read = pages->next(rows);
        if (read) return std::nullopt;
        auto why = read.error();
        if (why.code == errc::invalid_data)
            why.message +=
                "; something other than the API answers: look for a proxy, a captive portal or a "
                "maintenance page "
                "between this machine and the endpoint, and at endpoint.base_url and "
                "endpoint.report_path";
        return why;
    }

    settings::settings const& s_;
    std::atomic<bool> const& stop_;
    on_wait_fn const& on_wait_;
    setup::network_setup network_;
    std::unique_ptr<report_access> access_;
};

}  // namespace

online_view check_online(settings::settings const& s, open_access_fn const& open_access,
                         std::atomic<bool> const& stop, on_wait_fn const& on_wait) {
    return online_checking(s, stop, on_wait).all(open_access);
}

exit_code exit_code_of(online_view const& seen) {
    if (seen.fault) return exit_code_of(seen.fault->code);
    auto const is_faulty = [](online_account const& a) { return a.fault.has_value(); };
    auto const first = std::ranges::find_if(seen.accounts, is_faulty);
    if (first == seen.accounts.end()) return exit_code::done;
    if (!std::ranges::all_of(seen.accounts, is_faulty)) return exit_code::partly;
    bool const is_configuration = std::ranges::any_of(
        seen.accounts, [](online_account const& a) { return a.fault->code == errc::config; });
    return is_configuration ? exit_code::config : exit_code_of(first->fault->code);
}

}  // namespace setclick::readback
