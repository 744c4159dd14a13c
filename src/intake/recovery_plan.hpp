// What an earlier run left in work/, held against what the ledger knows.
//
//     in work/, unknown to the ledger     claimed, then the crash: imported from the start
//     known, not read to its end          read on at its offset
//     the same, but still in done/        it grew there: brought back, then read on
//     known, read, with refused lines     those not yet published are published
//     known, complete                     finished (again, if a crash came in between)
//     known and nowhere                   named in an error; its imported events are delivered all
//     the same
#pragma once

#include <string>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::intake {

struct recovery_plan {
    std::vector<ledger::claimed_file> unknown;  ///< in the order in which they were claimed
    std::vector<ledger::file_info> read_on;
    std::vector<ledger::file_info> bring_back;  ///< still in done/, where they have grown
    std::vector<ledger::file_info> publish;
    std::vector<file_no> finish;
    std::vector<ledger::file_info> missing;
    std::vector<std::string> foreign;  ///< in work/, but not by us: left alone
};

/// Looks at work/ once, and at done/ once where something is missing.
result<recovery_plan> plan_recovery(spool::directory const& spool,
                                    std::vector<ledger::file_info> unfinished);

}  // namespace setclick::intake
