// Reads a whole ledger in PostgreSQL and reports what is not as this module promises.
#pragma once

#include "session.hpp"
#include "setclickd/ledger/maintenance.hpp"

namespace setclick::ledger::postgres {

/// Inside the caller's transaction; what that one has written and not committed counts.
check_report inspect(session& db);

}  // namespace setclick::ledger::postgres
