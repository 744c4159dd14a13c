// `setclickd retry`, `hold`, `release`, `discard`: always with a count.
#pragma once

#include <string>

#include "console.hpp"
#include "filters.hpp"
#include "setclickd/ledger/operations.hpp"

namespace setclick::cli {

struct operate_options {
    std::string config = {};
    ledger::operator_verb verb = ledger::operator_verb::hold;
    filter_options filter = {};
    bool all = false;  ///< needed where there is no filter
    bool dry_run = false;
    bool yes = false;    ///< discard without asking
    bool force = false;  ///< retry what was delivered, may have been received, or was dropped again
    bool json = false;
};

/// 0; 1 when nothing could be touched without --force; 3 when only a part was; 75 when all of it is
/// in flight.
int operate(operate_options const& options, console const& io);

}  // namespace setclick::cli
