#include "setclickd/ledger/cluster_view.hpp"

namespace setclick::ledger {

std::string_view name_of(node_state state) noexcept {
    switch (state) {
        case node_state::living:
            return "living";
        case node_state::leaving:
            return "leaving";
        case node_state::silent:
            return "silent";
        case node_state::stopped:
            return "stopped";
        case node_state::dead:
            return "dead";
        case node_state::forgotten:
            return "forgotten";
    }
    return "";
}

node_state state_of(node_view const& node) noexcept {
    if (node.is_forgotten) return node_state::forgotten;
    // A row tells no other difference: who stops in an orderly way is willing to have nothing.
    if (node.has_stopped) return node.willing.empty() ? node_state::stopped : node_state::dead;
    if (node.beat_age >= silent_after) return node_state::silent;
    return node.leaves ? node_state::leaving : node_state::living;
}

bool is_up(node_state state) noexcept {
    return state == node_state::living || state == node_state::leaving;
}

}  // namespace setclick::ledger
