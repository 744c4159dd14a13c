// Where a command gets an account's token from: its file, the daemon, or a login of its own.
//
// Promises: a login passes the account's gate, as every call does. Never returns an e-mail or a
// password, and no token in a text. Blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/readback/online_check.hpp"
#include "setclickd/readback/report_access.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

enum class token_origin { file, daemon, own_login };

struct found_token {
    secret<std::string> token;
    token_origin origin = token_origin::file;
    std::string text;         ///< for people: "login accepted, good until …"
    std::uint64_t issue = 0;  ///< of the daemon's
};

class token_source {
public:
    /// All of them must outlive it.
    token_source(settings::settings const& s, report_access& access,
                 std::shared_ptr<net::tls_client> tls, net::open_settings open,
                 std::atomic<bool> const& stop, on_wait_fn const& on_wait);

    result<found_token> find(settings::account_settings const& a);
    /// The daemon's after this one was answered 401; it logs in again where the account does so.
    result<found_token> after_refusal(settings::account_settings const& a, std::uint64_t issue);

private:
    result<found_token> from_daemon(settings::account_settings const& a,
                                    std::optional<std::uint64_t> refused);
    result<found_token> log_in(settings::account_settings const& a);

    settings::settings const& s_;
    report_access& access_;
    std::shared_ptr<net::tls_client> tls_;
    net::open_settings open_;
    std::atomic<bool> const& stop_;
    on_wait_fn const& on_wait_;
};

}  // namespace setclick::readback
