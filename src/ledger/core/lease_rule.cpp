#include "lease_rule.hpp"

#include <algorithm>

namespace setclick::ledger {

std::vector<node_beat> beat_watch::saw(std::span<node_beat const> others, boot_time asked,
                                       boot_time got) {
    std::vector<node_beat> out;
    std::erase_if(seen_, [&](auto const& known) {
        return std::ranges::find(others, known.first, &node_beat::node) == others.end();
    });
    for (auto const& now : others) {
        auto& known = seen_[now.node];
        if (!(known.is == now) || known.since == boot_time{}) known = {now, got};
        // What the answer shows was so at `asked` or later, and an answer may be read long after it came.
        if (!now.stopped && asked - known.since >= patience) out.push_back(now);
    }
    return out;
}

}  // namespace setclick::ledger
