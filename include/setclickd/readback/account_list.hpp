// Which accounts a token's user may use, as the vendor lists them (auth/accounts).
//
// Promises: for a configured account the call passes its gate, the daemon's where it runs; one call,
// and one more where a login's token had ended. No conversion is sent. Never returns a token or an
// e-mail. Blocks; ends soon after `stop`.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/api/accounts.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/readback/online_check.hpp"
#include "setclickd/readback/report_access.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

struct account_list {
    std::vector<api::named_account> accounts;
    std::optional<error> fault;     ///< nothing was listed, and why
    bool is_token_refused = false;  ///< a 401: another token may help

    std::string credential;               ///< where the token is from; empty: there is none
    std::optional<wall_time> token_ends;  ///< as it says itself
    /// Our clock less the server's, by its Date; good for about a second and half the call's length.
    std::optional<milliseconds> clock_ahead;
};

/// With a token that no account of the configuration has yet, so that no gate knows it: one call.
account_list list_accounts(settings::settings const& s, secret<std::string> const& token,
                           std::atomic<bool> const& stop);

/// With the token of a configured account.
account_list list_accounts(settings::settings const& s, settings::account_settings const& account,
                           report_access& access, std::atomic<bool> const& stop,
                           on_wait_fn const& on_wait);

}  // namespace setclick::readback
