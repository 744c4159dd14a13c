// The tables of a ledger in PostgreSQL: made, expanded, contracted, and whether this program may work with them
// (schema_rule.hpp; the SQL: schema_steps.hpp).
//
// Each step is one transaction, and waits for a lock at most 3 s: while it waits, everybody who needs the same
// table waits behind it. Programs that do the same at once do it once.
#pragma once

#include <string>

#include "schema_rule.hpp"
#include "schema_steps.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

schema_state stored_schema(session& db);

/// Makes the tables where there are none, and expands older ones, as far as the role may. Throws `config` where it
/// may not, or the program is too old; `busy` where a lock is not to be had, with who holds it.
void prepare_schema(session& db);
/// Changes nothing. Throws `not_found` where there is no ledger, `config` for one that this program cannot work
/// with.
void require_schema(session& db);

/// Throws as `prepare_schema`; also where the role does not own the tables.
void expand(session& db, schema_steps const& steps = published_steps());
/// After `expand`: takes away what only older programs need. Who is not stopped and older, and does not beat for 20
/// s, is deposed first. Throws `refused` with the names of those that do beat; nothing is changed then.
void contract(session& db, schema_steps const& steps = published_steps());

/// The ledger's random id.
std::string ledger_id(session& db);

}  // namespace setclick::ledger::postgres
