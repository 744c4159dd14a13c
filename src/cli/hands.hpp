// Who carries out a command that changes the ledger or needs an account's gate: the daemon where it
// runs, else this process under the ledger's lock.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "setclickd/base/secret.hpp"
#include "setclickd/cli/messages.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

struct account_token {
    secret<std::string> token;
    std::optional<wall_time> expires_at;  ///< as a login said; nothing where nobody did
    std::uint64_t issue = 0;              ///< which of the daemon's logins gave it
};

class hands {
public:
    using progress_fn = std::function<void(ledger::operation_counts const&)>;

    /// For reads alone: without a ledger too, with a gate that lasts as long as this object.
    static result<std::unique_ptr<hands>> find_for_reading(settings::settings const& s);
    /// The ledger must exist. `errc::busy` when the daemon is just starting or ending.
    static result<std::unique_ptr<hands>> find(settings::settings const& s);
    virtual ~hands() = default;

    virtual result<ledger::operation_counts> operate(ledger::operation const& what,
                                                     progress_fn const& on_progress) = 0;
    /// How many accounts changed.
    virtual result<std::uint64_t> apply(brake const& what) = 0;
    /// One read at the account's gate: it has passed, durably, when the wait is zero; else ask
    /// again then. `busy` while a person has paused the account.
    virtual result<read_turn> pass_read(std::string const& account) = 0;
    virtual result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                                       milliseconds ago) = 0;
    /// As the daemon uses it (a login's too); `unreachable` without a daemon. `refused`: the one of
    /// this issue was answered 401: an account that logs in does so again, unless it has done so
    /// meanwhile.
    virtual result<account_token> token(std::string const& account,
                                        std::optional<std::uint64_t> refused) = 0;
    /// What `status` shows as the last comparison.
    virtual result<void> keep_verdict(std::string const& account, std::string const& verdict) = 0;
    /// True when the daemon does it.
    virtual bool is_daemon() const = 0;
};

}  // namespace setclick::cli
