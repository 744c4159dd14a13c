// One slice of a person's command: finds the events that it means, changes those to which it
// applies, counts the others.
#pragma once

#include "setclickd/ledger/operations.hpp"
#include "tables.hpp"

namespace setclick::ledger {

/// Inside a transaction, unless `what` only counts.
operation_slice run_operation(tables& t, operation const& what, event_no after, wall_time now);

}  // namespace setclick::ledger
