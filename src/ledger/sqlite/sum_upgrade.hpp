// Checksums for a ledger that an earlier version began without: of each pack of records, then of each
// page, for which SQLite writes the whole file anew (VACUUM).
//
// Keeps true: nothing is lost by it, whenever it is cut short; what is missing is made up at the next
// open. Where there is not enough room it does nothing, and the ledger works as it did before: what
// has no checksum is believed.
#pragma once

#include "commit_mark.hpp"
#include "setclickd/ledger/store.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

/// Nothing where the pages have them. `free_bytes`: on the ledger's disk. Throws `failure`.
void give_sums(connection& db, commit_mark& mark, std::uint64_t free_bytes,
               std::function<void(ledger_rewrite const&)> const& report);

}  // namespace setclick::ledger
