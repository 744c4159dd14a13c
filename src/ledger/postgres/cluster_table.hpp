// What `reader::cluster` shows, from the tables and from the server's own views.
//
// Keeps true: works with a role that may only read; what the server does not show to that role is left out,
// and said. Inside the read transaction that the reader opened.
#pragma once

#include <vector>

#include "session.hpp"
#include "setclickd/ledger/cluster_view.hpp"

namespace setclick::ledger::postgres {

class cluster_table {
public:
    explicit cluster_table(session& db);

    cluster_view look();

private:
    std::vector<node_view> nodes();
    std::vector<account_owner> owners();
    std::vector<move_view> moves();
    std::vector<unread_file> unread();
    server_view server();

    statement nodes_;
    statement owners_;
    statement moves_;
    statement unread_;
    statement server_;
    statement standbys_;
    statement holders_;
    statement idle_slots_;
};

}  // namespace setclick::ledger::postgres
