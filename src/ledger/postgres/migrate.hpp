// The schema's care, with the owner's role: makes it, brings it to this program's version, and gives each role
// what it needs and no more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema_steps.hpp"
#include "session.hpp"
#include "setclickd/ledger/maintenance.hpp"

namespace setclick::ledger::postgres {

/// Expands; contracts where that is asked for. Nodes that work meanwhile are not held up.
migration_report migrate(session& db, bool contracts,
                         schema_steps const& steps = published_steps());

enum class which_roles : std::uint8_t {
    all,             ///< that there are
    granted_before,  ///< that can read the ledger already
};
/// As the owner of the tables, again and again. Who got something.
std::vector<std::string> grant_roles(session& db, which_roles which);
/// SQL for a superuser, once, in the ledger's database: the roles, and a schema that is the owner's.
std::string roles_sql();

}  // namespace setclick::ledger::postgres
