// `setclickd list --file NAME --results csv`: what became of each row of a file, as the ad platforms'
// result files have it.
//
//     line,result,at,reason,event
//     2,delivered,2026-11-29T03:00:00Z,,17
//     3,refused,,"column ""email"": …",
//     4,duplicate,,"the same as event 17",
//
// In the order of the lines, a page of each kind at a time: memory does not depend on the file.
// Nothing of an event's content is in it.
#pragma once

#include <vector>

#include "console.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::cli {

result<void> write_results(ledger::reader& from, std::vector<ledger::file_info> const& files,
                           console const& io);

}  // namespace setclick::cli
