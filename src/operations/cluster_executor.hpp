// Commands where several nodes share the ledger: this host's daemon does what is its own, over its socket, and
// every other account's part goes through the ledger to the node that has it.
//
// Promises: each part is carried out at most once; parts that are waited for are given before anything is waited
// for; what one part fails with does not hide the others' counts from it. Never: changes the ledger itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command_follower.hpp"
#include "daemon_executor.hpp"
#include "setclickd/operations/command_executor.hpp"

namespace setclick::operations {

class cluster_executor final : public command_executor {
public:
    /// `local`: null where no daemon runs on this host, or none that this user may talk to; `node`: the id of
    /// this host's node; empty for none.
    cluster_executor(std::unique_ptr<ledger::command_box> box, follow_hooks hooks,
                     std::unique_ptr<daemon_executor> local, std::string node);

    result<ledger::operation_counts> operate(ledger::operation const& what,
                                             progress_fn const& on_progress) override;
    /// The endpoint's is done when every living node has seen it.
    result<std::uint64_t> apply(control::pause_request const& what) override;
    result<control::read_permit> pass_read(std::string const& account) override;
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override;
    result<readback::account_token> token(std::string const& account,
                                          std::optional<std::uint64_t> refused) override;
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override;
    bool is_daemon() const override { return true; }
    bool has_tokens() const override { return local_ != nullptr; }

private:
    result<std::uint64_t> apply_to_endpoint(control::pause_request const& what);
    result<account_no> number_of(std::string const& account);
    /// This host's node, where its daemon can be asked; 0: none.
    int own_number(ledger::cluster_look const& seen) const;

    command_follower follower_;
    std::unique_ptr<daemon_executor> local_;
    std::string node_;
};

}  // namespace setclick::operations
