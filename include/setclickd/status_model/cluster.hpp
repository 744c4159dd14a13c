// The nodes that share a ledger, as people and scripts see them: their names, in words who lives and why an account
// moved, and what is stuck with its cure. Pure: the ledger's view in, words out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/ledger/cluster_view.hpp"

namespace setclick::status_model {

/// Of a ledger in PostgreSQL.
struct cluster_report {
    ledger::cluster_view seen;
    std::optional<int>
        self;  ///< the node whose spool this configuration names; nothing: it never began
};

/// An account that it shows, with what it needs of the others.
struct owned_by {
    std::string name;           ///< of the owner; empty: nobody
    bool is_self = false;       ///< this configuration's node
    bool can_be_taken = false;  ///< nobody has it, and a node that lives can send for it
};

/// A node's name for people: with its number where two have the same. "nobody" for 0.
std::string name_of_node(cluster_report const& cluster, int no);
ledger::node_view const* node_of(cluster_report const& cluster, int no) noexcept;
owned_by owner_of(cluster_report const& cluster, ledger::account_owner const& account);
/// "b was silent for too long", after "a has it now:".
std::string why_text(cluster_report const& cluster, ledger::move_view const& move);

/// What is stuck, or will not go on without a person: each with the same key for as long as it is the same.
struct cluster_finding {
    enum class weight : std::uint8_t {
        stuck,  ///< something does not go on, or did not a moment ago
        risk,   ///< everything goes on, and would not outlast the next failure
    };
    std::string key;
    std::string text;  ///< one line for a person
    std::string cure;
    weight is = weight::stuck;
};
/// The worst first. `open`: ids of accounts of which events wait.
std::vector<cluster_finding> findings_of(cluster_report const& cluster,
                                         std::vector<std::string> const& open);

/// "2 of 3 nodes live (1 dead); 5 accounts, each with an owner".
std::string sum_text(cluster_report const& cluster);

}  // namespace setclick::status_model
