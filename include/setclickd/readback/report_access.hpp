// What reading an account's report needs: a permit of the account's gate, the account's token, and a
// place for the verdict of a comparison.
//
// Implemented over the control socket (a command, while the daemon runs), on the ledger (a command,
// while it does not) and inside the daemon (its own comparisons). Calls block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "setclickd/api/verdict.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::readback {

struct account_token {
    secret<std::string> token;
    std::optional<wall_time> expires_at;  ///< as a login answered; unset where none did
    std::uint64_t issue = 0;              ///< which of the daemon's logins returned it
};

class report_access {
public:
    virtual ~report_access() = default;

    /// One read at the account's gate: it has passed, durably, when the wait is zero; else ask
    /// again then. `busy` while a person has paused the account.
    virtual result<control::read_permit> pass_read(std::string const& account) = 0;
    /// What the answer to that read teaches the gate. `ago`: how long ago the call began.
    virtual result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                                       milliseconds ago) = 0;
    /// As the daemon uses it (a login's too); `unreachable` without a daemon. `refused`: the token
    /// of this issue was answered 401; an account that logs in does so again, unless it has done so
    /// meanwhile.
    virtual result<account_token> token(std::string const& account,
                                        std::optional<std::uint64_t> refused) = 0;
    /// What `status` shows as the last comparison.
    virtual result<void> keep_verdict(std::string const& account, std::string const& verdict) = 0;
    /// True when `token` may return one: the daemon runs.
    virtual bool has_tokens() const = 0;
};

}  // namespace setclick::readback
