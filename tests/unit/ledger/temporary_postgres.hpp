// A PostgreSQL of the tests' own: in a private folder, on a Unix socket there, never the system's. It begins
// with the first ledger that is asked for, and ends with the program, however that ends.
#pragma once

#include "setclickd/ledger/place.hpp"

namespace setclick::ledger::temporary_postgres {

/// Whether there is one to start.
bool is_installed();
/// An empty schema; the one before is dropped.
place new_ledger();

}  // namespace setclick::ledger::temporary_postgres
