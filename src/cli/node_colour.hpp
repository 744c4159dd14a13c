// How a node's state looks where there are colours.
#pragma once

#include "console.hpp"
#include "setclickd/ledger/cluster_view.hpp"

namespace setclick::cli {

constexpr colour node_colour(ledger::node_state state) noexcept {
    switch (state) {
        case ledger::node_state::living:
            return colour::green;
        case ledger::node_state::leaving:
            return colour::yellow;
        case ledger::node_state::silent:
        case ledger::node_state::dead:
            return colour::red;
        case ledger::node_state::stopped:
        case ledger::node_state::forgotten:
            break;
    }
    return colour::dim;
}

}  // namespace setclick::cli
