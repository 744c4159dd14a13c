#include "online.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>

#include "configuration.hpp"
#include "page_reader.hpp"
#include "setclickd/api/login.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/net/async_request.hpp"
#include "setclickd/net/blocking_client.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/settings/token.hpp"
#include "stop_signal.hpp"
#include "way_there.hpp"

namespace setclick::cli {
namespace asio = boost::asio;

namespace {

constexpr milliseconds worth_saying{1000};

asio::awaitable<void, asio::io_context::executor_type> call_once(
    asio::io_context& context, std::shared_ptr<net::tls_client> tls, net::open_settings way,
    secret<std::string> request, milliseconds timeout, result<net::http_answer>& out) {
    out = co_await net::async_request(context, std::move(tls), std::move(way), std::move(request),
                                      timeout);
}

std::string good_until(std::optional<wall_time> end) {
    return end ? ", good until " + wall_text(*end) : std::string();
}

class looking {
public:
    looking(settings::settings const& s, console const& io)
        : s_(s), io_(io), stop_(stop_on_signal()) {}

    online_view all() {
        online_view seen;
        if (auto const reached = endpoint(); reached)
            seen.endpoint = *reached;
        else
            seen.fault = reached.error();
        if (seen.fault) return seen;
        auto by = hands::find_for_reading(s_);
        if (!by) {
            seen.fault = by.error();
            return seen;
        }
        by_ = std::move(*by);
        for (auto const& a : s_.accounts)
            seen.accounts.push_back(account(a));
        return seen;
    }

private:
    /// Name, connection, proxy, TLS: without a request.
    result<std::string> endpoint() {
        auto way = way_to(s_);
        if (!way) return way.error();
        auto tls = net::tls_client::make(s_.endpoint.ca_file);
        if (!tls) return tls.error();
        way_ = *way;
        tls_ = *tls;
        net::blocking_client_settings how;
        how.open = std::move(*way);
        how.stop = &stop_;
        auto const facts = net::blocking_client(*tls, std::move(how)).connect();
        if (!facts) return facts.error();
        return std::string(way_.proxy ? "reached through the proxy at " : "reached at ") +
               facts->address + ", " + facts->tls + ", certificate valid until " +
               facts->valid_until;
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
            auto const from_file = settings::read_token(a.token_file, credentials_directory());
            if (from_file) return std::string("token found");
            if (!by_->is_daemon()) return from_file.error();
        }
        if (by_->is_daemon()) {
            auto const had = by_->token(a.id, std::nullopt);
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
            settings::read_password(a.login->password_file, credentials_directory());
        if (!password) return password.error();
        if (auto passed = pass_gate(*by_, a.id, stop_,
                                    [&](read_turn const& turn) { say_wait(a.id, turn.wait); });
            !passed)
            return passed.error();
        auto const begun = std::chrono::steady_clock::now();
        asio::io_context context{1};
        result<net::http_answer> came = fail(errc::unreachable, "interrupted");
        api::target const to{way_.to.host_header(), way_.to.path + s_.endpoint.login_path};
        asio::co_spawn(
            context.get_executor(),
            call_once(context, tls_, way_, api::login_request(to, a.login->email, *password),
                      s_.delivery.response_timeout, came),
            [](std::exception_ptr) {});
        context.run();
        if (!came) return fail(errc::unreachable, "login: " + came.error().message);
        auto const ago = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - begun);
        if (auto told =
                by_->read_answered(a.id, api::classify(came->view(), wall_now()), ago);
            !told)
            return told.error();
        return api::read_login(came->status, came->body);
    }

    /// The report's first row of today: harmless, and says whether the token is accepted.
    std::optional<error> report(page_plan plan) {
        auto const id = plan.account;
        auto pages =
            page_reader::open(s_, *by_, std::move(plan), stop_, [&](page_progress const& at) {
                if (at.trouble.empty()) say_wait(id, at.wait);
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

    void say_wait(std::string const& account, milliseconds wait) {
        if (wait < worth_saying) return;
        io_.err << "setclickd: the rate of account " << printable(account)
                << " allows the next call in " << duration_text(wait) << std::endl;
    }

    settings::settings const& s_;
    console const& io_;
    std::atomic<bool> const& stop_;
    net::open_settings way_;
    std::shared_ptr<net::tls_client> tls_;
    std::unique_ptr<hands> by_;
};

}  // namespace

online_view look_online(settings::settings const& s, console const& io) {
    return looking(s, io).all();
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

}  // namespace setclick::cli
