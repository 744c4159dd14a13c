#include "setclickd/readback/online_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "setclickd/net/blocking_client.hpp"
#include "setclickd/readback/page_reader.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/network.hpp"
#include "token_source.hpp"

namespace setclick::readback {
namespace {

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
        auto found =
            token_source(s_, *access_, network_.tls, network_.pool.open, stop_, on_wait_).find(a);
        if (!found) return found.error();
        if (found->origin == token_origin::own_login) token = std::move(found->token);
        return std::move(found->text);
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
