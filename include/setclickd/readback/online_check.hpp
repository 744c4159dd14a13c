// `setclickd check --online`: whether the endpoint can be reached, and what each account may do
// there.
//
// Promises: every call passes the account's gate, the daemon's where it runs; no conversion is
// sent: the only calls are a login and the report's first row. Never returns a token, an e-mail or
// what the report holds. Blocks; ends soon after `stop`.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/readback/report_access.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

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

/// Whether an account may deliver cannot be known without an event.
inline constexpr char const* delivery_unknown =
    "whether an account may deliver (scope offline-leads) shows only at its first event";

/// Opened once the endpoint was reached: a daemon need not be asked for what nobody can reach.
using open_access_fn = std::function<result<std::unique_ptr<report_access>>()>;
/// Called before a wait for an account's permit.
using on_wait_fn = std::function<void(std::string const& account, milliseconds wait)>;

online_view check_online(settings::settings const& s, open_access_fn const& open_access,
                         std::atomic<bool> const& stop, on_wait_fn const& on_wait);

/// done; partly where some accounts may do what they should; else what ails all of them, the
/// configuration first.
exit_code exit_code_of(online_view const& seen);

}  // namespace setclick::readback
