// Who owns which account, and who the nodes are: what of `account_run` and `node` is about ownership.
//
// Keeps true: an account is taken only from nobody, from a node that is stopped or was deposed, or from this
// node's own earlier epoch. Whoever takes accounts, or begins an epoch, does so under one lock, so that what
// it sees of the others' epochs holds until it commits. Giving up needs no lock.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "session.hpp"
#include "setclickd/ledger/nodes.hpp"

namespace setclick::ledger::postgres {

/// What `owner_table::nodes_from` reads.
inline constexpr char const* select_nodes =
    "SELECT no, id, name, epoch, beat, stopped, willing, writer, leaves, forgotten FROM node ORDER "
    "BY no";

class owner_table {
public:
    explicit owner_table(session& db);

    /// In a transaction, before anything that depends on the others' epochs is read.
    void lock();
    /// Of nodes that are stopped or were deposed and have accounts, what they may have left at the server: a
    /// process that was stopped inside a transaction holds its rows for as long as it pleases. They are
    /// known by the lock that each store holds, 7234792 and the node's number, and by having been there at
    /// the node's last beat: one that just starts again is not. A connection that was made after that beat, by
    /// a process that was stopped before the next, is known by a transaction of 15 s. A start that takes so
    /// long, that comes after the server's clock was set back, or that a pooler gave an old connection, can be
    /// ended with them: it connects anew.
    void end_sessions_of_gone();
    /// Queued: no other node lives; for who knows that.
    void stop_others(std::int64_t node);
    /// Queued: whoever comes next may take what this node has.
    void stop(std::int64_t node);
    /// Those that were taken, by number.
    std::vector<account_no> take(std::span<account_no const> accounts, std::int64_t node,
                                 std::int64_t epoch);
    std::vector<account_no> take_all(std::int64_t node, std::int64_t epoch);
    /// Those that were given up: this node's, with nothing in flight.
    std::vector<account_no> give_up(std::span<account_no const> accounts, std::int64_t node,
                                    std::int64_t epoch);

    /// Queued.
    void look_nodes() { nodes_.look_later(); }
    static std::vector<node_row> nodes_from(rows found);

private:
    statement lock_;
    statement end_sessions_;
    statement stop_others_;
    statement raise_others_;
    statement stop_;
    statement take_;
    statement give_up_;
    statement nodes_;
};

}  // namespace setclick::ledger::postgres
