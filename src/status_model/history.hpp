// The ledger's slots as plots: the last 24 hours by quarters of an hour, the last 31 days by hours. Pure.
#pragma once

#include <vector>

#include "setclickd/ledger/types.hpp"
#include "setclickd/status_model/page.hpp"

namespace setclick::status_model {

/// `slots`: by number, each once.
history_report history_of(std::vector<ledger::history_slot> const& slots, wall_time now);

}  // namespace setclick::status_model
