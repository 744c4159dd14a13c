// Which command that was given through the ledger begins next on this node. Pure.
//
// Those of one account are carried out one after the other, by number; those of different accounts do not wait for
// each other. The ledger shows a command until it is done, so it is offered again and again.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "setclickd/ledger/nodes.hpp"

namespace setclick::daemon {

class command_queue {
public:
    /// `open`: all that this node is to carry out, by number, as the ledger shows them now. Which of them begin.
    std::vector<ledger::node_command> offered(std::vector<ledger::node_command> open);
    /// `is_done`: durably, also where somebody else did it. Else it begins again when it is offered again.
    void ended(ledger::node_command const& command, bool is_done);
    bool is_busy(account_no account) const { return running_.contains(account); }

private:
    std::map<account_no, std::int64_t> running_;
    std::set<std::int64_t> done_;  // a look that was under way may still show them
};

}  // namespace setclick::daemon
