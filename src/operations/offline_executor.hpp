// Commands on the ledger itself, under its lock, while no daemon runs. What is changed of an
// account's state holds from the daemon's next start.
#pragma once

#include <memory>
#include <string>

#include "offline_gate.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/operations/command_executor.hpp"

namespace setclick::operations {

class offline_executor final : public command_executor {
public:
    offline_executor(settings::settings const& s, std::unique_ptr<ledger::store> store);

    /// Without progress: nobody waits for delivery meanwhile.
    result<ledger::operation_counts> operate(ledger::operation const& what,
                                             progress_fn const& on_progress) override;
    /// Accounts only: `unreachable` for the endpoint.
    result<std::uint64_t> apply(control::pause_request const& what) override;
    result<control::read_permit> pass_read(std::string const& account) override;
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override;
    /// Always `unreachable`.
    result<readback::account_token> token(std::string const& account,
                                          std::optional<std::uint64_t> refused) override;
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override;
    bool is_daemon() const override { return false; }

private:
    result<void> own_all();

    std::unique_ptr<ledger::store> store_;
    offline_gate gate_;
};

}  // namespace setclick::operations
