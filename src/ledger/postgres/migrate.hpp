// The schema's care, with the owner's role: makes it, brings it to this program's version, and gives each role
// what it needs and no more.
#pragma once

#include "session.hpp"
#include "setclickd/ledger/maintenance.hpp"

namespace setclick::ledger::postgres {

/// Waits for locks at most 3 s, so that nodes which work meanwhile are not held up.
migration_report migrate(session& db);
/// SQL for a superuser, once, in the ledger's database: the roles, and a schema that is the owner's.
std::string roles_sql();

}  // namespace setclick::ledger::postgres
