// `setclickd check --online`: whether the endpoint can be reached, and what each account may do
// there.
//
// Promises: every call passes the account's gate, the daemon's where it runs; no conversion is
// sent: the only calls are a login and the report's first row. Never says a token, an e-mail or
// what the report holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "console.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

struct online_account {
    std::string id;
    std::string
        credential;  ///< where its token is from, and how long it is good; empty: there is none
    std::optional<error> fault;  ///< nothing: it may read its report
};

struct online_view {
    std::string endpoint;        ///< how it was reached
    std::optional<error> fault;  ///< it was not, and nothing else was tried
    std::vector<online_account> accounts;
};

/// Whether an account may deliver cannot be told without an event.
inline constexpr char const* delivery_unknown =
    "whether an account may deliver (scope offline-leads) shows only at its first event";

/// Waits are said on `io.err`.
online_view look_online(settings::settings const& s, console const& io);

/// done; partly where some accounts may do what they should; else what ails all of them, the
/// configuration first.
exit_code exit_code_of(online_view const& seen);

}  // namespace setclick::cli
