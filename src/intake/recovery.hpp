// Takes up what an earlier run left: brings each file to the stage in which it goes on.
#pragma once

#include <vector>

#include "crash_places.hpp"
#include "file_table.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::intake {

/// With what the ledger knows of files that are not done. Nothing of `unfinished` is kept beyond
/// this call but what is to be done. An error is fatal.
result<void> take_up_unfinished(spool::directory const& spool,
                                std::vector<ledger::file_info> unfinished,
                                crash_places const& crashes, file_table& files);

}  // namespace setclick::intake
