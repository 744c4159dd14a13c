// Fills what a page shows: the status, and from the ledger the newest files, what is held and why.
//
// However large the ledger is, the work is bounded: so many files, so many lines and runs of events
// looked at for their reasons. Reads in one short transaction after another; changes nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/status_model/live_status.hpp"
#include "setclickd/status_model/page.hpp"

namespace setclick::status_model {

inline constexpr std::uint32_t page_files = 50;

/// `live`: what the daemon answered, or why it did not. A missing ledger is no error.
result<page_report> collect_page(settings::settings const& s, live_status const& live,
                                 wall_time now);

/// At most `most` of them, newest first.
result<std::vector<file_report>> newest_files(ledger::reader& from, std::uint32_t most);

}  // namespace setclick::status_model
