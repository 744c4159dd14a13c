// `setclickd ledger import|migrate|roles`: what only a ledger in PostgreSQL needs.
#pragma once

#include "console.hpp"
#include "ledger_care.hpp"

namespace setclick::cli {

/// Takes a ledger in a file over into an empty database.
int ledger_import(ledger_options const& options, console const& io);
/// Makes or migrates the tables, and grants the roles.
int ledger_migrate(ledger_options const& options, console const& io);
/// Prints the SQL that makes the roles.
int ledger_roles(ledger_options const& options, console const& io);

}  // namespace setclick::cli
