// A consistent copy of a ledger that is in use.
#pragma once

#include <string>

#include "sqlite.hpp"

namespace setclick::ledger {

/// As `backup_ledger`, from an open connection. Throws `failure`; leaves nothing then.
void copy_ledger(connection& db, std::string const& to);

}  // namespace setclick::ledger
