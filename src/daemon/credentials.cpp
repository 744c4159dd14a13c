// The accounts' credentials: read at the start, watched, renewed by login, and handed to delivery.
#include "instance.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

pipeline::account_setup instance::setup_of(settings::account_settings const& a, account_no no) {
    pipeline::account_setup out;
    out.no = no;
    out.id = a.id;
    out.control = setup::account_settings_of(settings_, a);
    // A login's token comes later, or is there: the address may be another one by now.
    auto token = a.login ? result<secret<std::string>>(deliver_->token_of(no))
                         : settings::read_token(a.token_file, credentials_directory_);
    if (a.login && token->reveal().empty()) return out;
    // At a reload: what can be used stays until there is something better.
    if (auto before = deliver_->token_of(no); !token && !before.reveal().empty()) {
        log_line(level::warn, "the account's token file cannot be used; the old token stays",
                 {{"account", a.id}, {"error", token.error().message}});
        token = std::move(before);
    }
    if (token.has_value()) {
        auto requests = setup::requests_of(settings_, endpoint_, a.id, *token);
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

void instance::watch_tokens() {
    std::vector<token_watch::source> sources;
    std::map<account_no, login::who> logins;
    for (auto const& a : settings_.accounts) {
        auto const no = numbers_.at(a.id);
        if (a.login) {
            sources.push_back({no, a.login->password_file, true});
            logins[no] = {a.login->email, a.login->password_file};
        } else if (!a.token_file.empty()) {
            sources.push_back({no, a.token_file, false});
        }
    }
    tokens_->watch(std::move(sources));
    login_->set_accounts(logins);
}

settings::account_settings const* instance::configured(account_no no) const {
    auto const a = std::ranges::find_if(settings_.accounts,
                                        [&](auto const& x) { return numbers_.at(x.id) == no; });
    return a == settings_.accounts.end() ? nullptr : &*a;
}

void instance::secret_found(token_watch::source const& from, result<secret<std::string>> found,
                            bool asked) {
    // A reload may have made another thing of the account while the file was read: a password must
    // never go out as a token.
    if (stopping_ || login_->knows(from.account) != from.is_password) return;
    if (from.is_password) return login_->password_found(from.account, std::move(found));
    token_found(from.account, std::move(found), asked);
}

void instance::token_found(account_no no, result<secret<std::string>> token, bool asked) {
    auto const* const a = configured(no);
    if (a == nullptr || stopping_) return;
    std::shared_ptr<api::request_template const> requests;
    std::string why_not;
    if (token.has_value()) {
        auto made = setup::requests_of(settings_, endpoint_, a->id, *token);
        if (made.has_value())
            requests = std::move(*made);
        else
            why_not = made.error().message;
    } else {
        why_not = token.error().message;
    }
    if (asked) {
        deliver_->credential_refreshed(
            no, std::move(requests), requests ? std::move(*token) : secret<std::string>{}, why_not);
    } else if (requests) {
        deliver_->credential_changed(no, std::move(requests), std::move(*token));
    } else {
        log_line(level::warn,
                 a->login ? "the login gave no token; it is tried again"
                          : "the account's token file was written, but holds no usable token; the "
                            "old one stays",
                 {{"account", a->id}, {"error", why_not}});
    }
}

}  // namespace setclick::daemon
