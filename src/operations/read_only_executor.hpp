// Reads without a ledger: there is nothing to operate on, and the gate lasts as long as this object.
#pragma once

#include "offline_gate.hpp"
#include "setclickd/operations/command_executor.hpp"

namespace setclick::operations {

class read_only_executor final : public command_executor {
public:
    explicit read_only_executor(settings::settings const& s) : gate_(s, nullptr) {}

    // `unreachable`, but for the gate.
    result<ledger::operation_counts> operate(ledger::operation const& what,
                                             progress_fn const& on_progress) override;
    result<std::uint64_t> apply(control::pause_request const& what) override;
    result<control::read_permit> pass_read(std::string const& account) override;
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override;
    result<readback::account_token> token(std::string const& account,
                                          std::optional<std::uint64_t> refused) override;
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override;
    bool is_daemon() const override { return false; }

private:
    offline_gate gate_;
};

}  // namespace setclick::operations
