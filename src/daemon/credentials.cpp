#include "credentials.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

credentials::credentials(boost::asio::io_context& context, configuration const& config,
                         network const& network, dispatch::dispatcher& deliver,
                         std::string directory)
    : config_(config),
      network_(network),
      deliver_(deliver),
      directory_(std::move(directory)),
      login_(context, login_wiring()),
      files_(context, directory_,
             [this](token_watch::source const& from, result<secret<std::string>> found,
                    bool asked) { secret_found(from, std::move(found), asked); }) {}

login::wiring credentials::login_wiring() {
    login::wiring w;
    w.permit = [this](account_no no, steady_time now) { return deliver_.permit(no, now); };
    w.found = [this](account_no no, result<secret<std::string>> token, bool asked) {
        token_found(no, std::move(token), asked);
    };
    w.answered = [this](account_no no, api::answer_facts const& facts, steady_time begun) {
        deliver_.read_answered(no, facts, begun, std::chrono::steady_clock::now());
    };
    w.read_password = [this](account_no no) { files_.read_now(no); };
    return w;
}

void credentials::add_to(delivery::deliver_status& s) const {
    for (auto const& a : config_.now().accounts) {
        if (!a.login) continue;
        auto const end = login_.expires_at(config_.number_of(a));
        auto const known = std::ranges::find(s.accounts, a.id, &delivery::account_delivery::id);
        if (end && known != s.accounts.end()) known->token_end = end;
    }
}

dispatch::account_setup credentials::setup_of(settings::account_settings const& a, account_no no) {
    auto const& settings = config_.now();
    dispatch::account_setup out;
    out.no = no;
    out.id = a.id;
    out.control = setup::account_settings_of(settings, a);
    // A login's token comes later, or is there: the address may be another one by now.
    auto token = a.login ? result<secret<std::string>>(deliver_.token_of(no))
                         : settings::read_token(a.token_file, directory_);
    if (a.login && token->reveal().empty()) return out;
    // At a reload: what can be used stays until there is something better.
    if (auto before = deliver_.token_of(no); !token && !before.reveal().empty()) {
        log_line(level::warn, "the account's token file cannot be used; the old token stays",
                 {{"account", a.id}, {"error", token.error().message}});
        token = std::move(before);
    }
    if (token.has_value()) {
        auto requests = setup::requests_of(settings, network_.endpoint(), a.id, *token);
        if (requests.has_value()) {
            out.requests = std::move(*requests);
            out.token = std::move(*token);
            return out;
        }
        token = requests.error();
    }
    log_line(level::error,
             "the account has no usable token; its events wait until the file is mended",
             {{"account", a.id}, {"error", token.error().message}});
    return out;
}

void credentials::watch() {
    std::vector<token_watch::source> sources;
    std::map<account_no, login::who> logins;
    for (auto const& a : config_.now().accounts) {
        auto const no = config_.number_of(a);
        if (a.login) {
            sources.push_back({no, a.login->password_file, true});
            logins[no] = {a.login->email, a.login->password_file};
        } else if (!a.token_file.empty()) {
            sources.push_back({no, a.token_file, false});
        }
    }
    // The target first: who is new logs in at once.
    login_.set_target(network_.login_target(config_.now()));
    files_.watch(std::move(sources));
    login_.set_accounts(logins);
}

void credentials::refresh(account_no no) {
    if (login_.knows(no))
        login_.want(no, true);
    else
        files_.read_now(no);
}

void credentials::stop() {
    stopped_ = true;
    login_.stop();
}

void credentials::secret_found(token_watch::source const& from, result<secret<std::string>> found,
                               bool asked) {
    // A reload may have made another thing of the account while the file was read: a password must
    // never go out as a token.
    if (stopped_ || login_.knows(from.account) != from.is_password) return;
    if (from.is_password) return login_.password_found(from.account, std::move(found));
    token_found(from.account, std::move(found), asked);
}

void credentials::token_found(account_no no, result<secret<std::string>> token, bool asked) {
    auto const* const a = config_.configured(no);
    if (a == nullptr || stopped_) return;
    std::shared_ptr<api::request_template const> requests;
    std::string why_not;
    if (token.has_value()) {
        auto made = setup::requests_of(config_.now(), network_.endpoint(), a->id, *token);
        if (made.has_value())
            requests = std::move(*made);
        else
            why_not = made.error().message;
    } else {
        why_not = token.error().message;
    }
    if (asked) {
        deliver_.credential_refreshed(
            no, std::move(requests), requests ? std::move(*token) : secret<std::string>{}, why_not);
    } else if (requests) {
        deliver_.credential_changed(no, std::move(requests), std::move(*token));
    } else {
        log_line(level::warn,
                 a->login ? "the login gave no token; it is tried again"
                          : "the account's token file was written, but holds no usable token; the "
                            "old one stays",
                 {{"account", a->id}, {"error", why_not}});
    }
}

}  // namespace setclick::daemon
