#include "setclickd/readback/account_list.hpp"

#include <utility>

#include "permit_wait.hpp"
#include "setclickd/api/token_end.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/event/http_date.hpp"
#include "setclickd/net/blocking_client.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/network.hpp"
#include "token_source.hpp"

namespace setclick::readback {
namespace {

account_list failed(error why) {
    account_list out;
    out.fault = std::move(why);
    return out;
}

/// A Date is cut to the second that has begun; the server wrote it somewhere between the two.
std::optional<milliseconds> clock_ahead(std::string_view date, wall_time sent, wall_time received) {
    auto const theirs = event::parse_http_date(date, received);
    if (!theirs) return std::nullopt;
    auto const ours = sent + (received - sent) / 2;
    return std::chrono::floor<milliseconds>(ours - (*theirs + milliseconds{500}));
}

class listing {
public:
    listing(settings::settings const& s, std::atomic<bool> const& stop) : s_(s), stop_(stop) {}

    result<void> open() {
        auto tls = net::tls_client::make(s_.endpoint.ca_file, s_.endpoint.crl_file);
        if (!tls) return tls.error();
        tls_ = std::move(*tls);
        auto open = setup::open_settings_of(s_, settings::credentials_directory());
        if (!open) return open.error();
        open_ = std::move(*open);
        net::blocking_client_settings how;
        how.open = open_;
        how.timeout = s_.delivery.attempt_timeout;
        how.stop = &stop_;
        client_ = std::make_unique<net::blocking_client>(tls_, std::move(how));
        return {};
    }

    /// One call. `answered` is called with what an account's gate learns by it.
    template <class Answered>
    account_list ask(secret<std::string> const& token, Answered const& answered) {
        auto const request = api::accounts_request(setup::accounts_target(s_, open_.to), token);
        if (!request) return failed(request.error());
        auto const begun = std::chrono::steady_clock::now();
        auto const sent = wall_now();
        auto const answer = client_->get(*request);
        if (!answer) return failed(answer.error());
        auto const received = wall_now();
        auto const ago = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - begun);
        if (auto told = answered(api::classify(answer->view(), wall_now()), ago); !told)
            return failed(told.error());
        account_list out;
        out.clock_ahead = clock_ahead(answer->date, sent, received);
        out.token_ends = api::token_end(token);
        out.is_token_refused = answer->status == 401;
        auto read = api::read_accounts(answer->view(), answer->body, token);
        if (read)
            out.accounts = std::move(*read);
        else
            out.fault = read.error();
        return out;
    }

    std::shared_ptr<net::tls_client> const& tls() const noexcept { return tls_; }
    net::open_settings const& way() const noexcept { return open_; }

private:
    settings::settings const& s_;
    std::atomic<bool> const& stop_;
    std::shared_ptr<net::tls_client> tls_;
    net::open_settings open_;
    std::unique_ptr<net::blocking_client> client_;
};

}  // namespace

account_list list_accounts(settings::settings const& s, secret<std::string> const& token,
                           std::atomic<bool> const& stop) {
    listing asking(s, stop);
    if (auto const opened = asking.open(); !opened) return failed(opened.error());
    return asking.ask(token, [](api::answer_facts const&, milliseconds) { return result<void>(); });
}

account_list list_accounts(settings::settings const& s, settings::account_settings const& account,
                           report_access& access, std::atomic<bool> const& stop,
                           on_wait_fn const& on_wait) {
    listing asking(s, stop);
    if (auto const opened = asking.open(); !opened) return failed(opened.error());
    token_source tokens(s, access, asking.tls(), asking.way(), stop, on_wait);
    auto token = tokens.find(account);
    for (bool again = false;; again = true) {
        if (!token) return failed(token.error());
        auto const passed = pass_gate(
            access, account.id, stop,
            [&](control::read_permit const& permit) { on_wait(account.id, permit.wait); });
        if (!passed) return failed(passed.error());
        auto seen = asking.ask(token->token, [&](api::answer_facts const& facts, milliseconds ago) {
            return access.read_answered(account.id, facts, ago);
        });
        seen.credential = token->text;
        bool const may_be_renewed =
            account.login && token->origin == token_origin::daemon && !again;
        if (!seen.is_token_refused || !may_be_renewed) return seen;
        token = tokens.after_refusal(account, token->issue);
    }
}

}  // namespace setclick::readback
