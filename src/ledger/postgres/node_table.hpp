// The table `node`, as far as it is about who lives.
//
// Keeps true: a beat is counted only for the life (epoch) and after the beat that this process knows; who is
// deposed loses its epoch and those of its lanes in one transaction, and only while its beat stands still.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../core/lease_rule.hpp"
#include "session.hpp"
#include "setclickd/base/ids.hpp"

namespace setclick::ledger::postgres {

class node_table {
public:
    explicit node_table(session& db);

    std::optional<node_beat> named(std::string_view id);
    std::optional<node_beat> numbered(std::int64_t node);
    /// All of them.
    std::vector<node_beat> all();

    /// Queued in a transaction: one beat after `last`, under `must`.
    void beat(node_beat const& last, std::vector<account_no> const& willing,
              std::string_view writer);
    /// In a transaction: false where it beats after all. What its lanes hold locked is waited for shortly.
    bool depose(node_beat const& seen);
    /// Queued: an orderly end.
    void stop(std::int64_t node, std::int64_t epoch);

private:
    session& db_;
    statement named_;
    statement numbered_;
    statement all_;
    statement beat_;
    statement depose_;
    statement raise_lanes_;
    statement stop_;
};

}  // namespace setclick::ledger::postgres
