// The row that every transaction of this node writes: its fence, and where the outcome of a COMMIT without
// an answer is found.
//
// Keeps true: a transaction commits only while this node's epoch holds, and after the one before it; the number of
// commits never falls, whoever begins an epoch. What is
// not known is looked up under the row's lock, so that a COMMIT which is still under way is waited for; and
// the look is a write itself, so that where it commits without a warning all before it is as durable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hot_rows.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

/// The identity of the node that a ledger was imported for, until that node begins: it is the one of its name.
inline constexpr std::string_view imported_node = "imported";

class lane {
public:
    /// `node`: its id; `name`: for people.
    lane(session& db, std::string node, std::string name, int number);

    /// Finds the node's row, made when new, and its last epoch.
    void open();
    std::int64_t node() const noexcept { return node_; }
    std::int64_t epoch() const noexcept { return epoch_; }

    /// Queued in a transaction: this node begins an epoch. After its commit `began` it.
    void begin_epoch(std::int64_t epoch);
    void began(std::int64_t epoch) noexcept {
        epoch_ = epoch;
        is_beginning_ = true;
    }

    /// Throws `refused` where this node was deposed. For what would write nothing, and so meet no fence.
    void require_epoch();
    /// Queued, last in a transaction.
    void fence();
    void committed() noexcept {
        ++commits_;
        is_beginning_ = false;
    }
    /// How many of this lane's transactions are known to be durable, over all epochs.
    std::int64_t commits() const noexcept { return commits_; }
    int number() const noexcept { return number_; }
    /// After an outcome that is unknown: whether the transaction is there. Connects. Throws `unreachable`
    /// where that cannot be known yet, `refused` where another node has deposed this one.
    bool was_committed();

private:
    session& db_;
    std::string id_;
    std::string name_;
    int number_;
    std::int64_t node_ = 0;
    std::int64_t epoch_ = 0;
    std::int64_t commits_ = 0;
    bool is_beginning_ = false;
    hot_rows fence_;
    statement raise_;
    statement make_;
    statement wait_;
    statement look_;
    statement epoch_of_;
};

}  // namespace setclick::ledger::postgres
