// The table `command`, as the nodes work on it, and the endpoint's common pause.
//
// Keeps true: a command is written to only while it is not done and, where it is an account's, by the account's
// owner under its epoch. Done ones are kept for who waits for their answer, the newest of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "session.hpp"
#include "setclickd/ledger/commands.hpp"

namespace setclick::ledger::postgres {

class command_table {
public:
    explicit command_table(session& db);

    /// Queued: all that are not done.
    void look_open() { open_.look_later(); }
    static std::vector<node_command> open_from(rows found);
    /// Queued: the endpoint's pause.
    void look_pause(std::int64_t node);
    static endpoint_pause pause_from(rows found);

    /// In a transaction. Throws `not_found` where it is done, or is not this node's.
    void write(std::int64_t command, command_note const& note, std::int64_t node,
               std::int64_t epoch);
    /// In a transaction. Throws `invalid_data`.
    void change(cluster_change const& what);
    void saw_pause(std::int64_t version, std::int64_t node);

private:
    statement open_;
    statement pause_;
    statement write_;
    statement trim_;
    statement set_pause_;
    statement saw_pause_;
    statement drain_;
    statement forget_;
};

}  // namespace setclick::ledger::postgres
