#include "command_queue.hpp"

#include <algorithm>

namespace setclick::daemon {

std::vector<ledger::node_command> command_queue::offered(std::vector<ledger::node_command> open) {
    std::erase_if(done_, [&](std::int64_t id) {
        return std::ranges::find(open, id, &ledger::node_command::id) == open.end();
    });
    std::vector<ledger::node_command> out;
    for (auto& c : open) {
        if (done_.contains(c.id) || running_.contains(c.account)) continue;
        running_.emplace(c.account, c.id);
        out.push_back(std::move(c));
    }
    return out;
}

void command_queue::ended(ledger::node_command const& command, bool is_done) {
    running_.erase(command.account);
    if (is_done) done_.insert(command.id);
}

}  // namespace setclick::daemon
