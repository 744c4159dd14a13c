// What a cycle is going to read for its claims, read ahead of its transaction: the owner of an account is the
// only one who changes its spans, so that what it reads before BEGIN still holds inside.
//
// One round trip for spans that have a row, where there are any, one for the records of all wishes. What it
// foresees wrongly the cycle reads itself.
#pragma once

#include "../core/tables.hpp"
#include "postgres_tables.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class read_ahead {
public:
    read_ahead(session& db, postgres_tables& rows, tables& t) : db_(db), rows_(rows), t_(t) {
        drop();
    }
    ~read_ahead() { drop(); }
    read_ahead(read_ahead const&) = delete;
    read_ahead& operator=(read_ahead const&) = delete;

    /// Outside a transaction; every account of the request is this node's.
    void run(cycle_request const& request);

private:
    void spans(cycle_request const& request);
    void records(cycle_request const& request);
    void drop() noexcept;

    session& db_;
    postgres_tables& rows_;
    tables& t_;
};

}  // namespace setclick::ledger::postgres
