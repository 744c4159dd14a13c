// The filters that list, retry, hold, release and discard share: what people write → what the
// ledger understands.
#pragma once

#include <string>
#include <vector>

#include "setclickd/ledger/reader.hpp"

namespace setclick::cli {

struct filter_options {
    std::vector<std::string> ids = {};  ///< event numbers or event_ids
    std::string state = {};
    std::string account = {};
    std::string file = {};
    std::string older = {};  ///< "7d": taken in longer ago than this
    std::string newer = {};
    std::string reason = {};
    bool in_doubt = false;

    bool any() const {
        return !ids.empty() || !state.empty() || !account.empty() || !file.empty() ||
               !older.empty() || !newer.empty() || !reason.empty() || in_doubt;
    }
};

/// One filter for each id, or each file of that name; just one where neither is given. Errors:
/// `usage` for a value that cannot be read, `not_found` for an account, file or event that the
/// ledger does not know.
result<std::vector<ledger::event_filter>> resolve(ledger::reader& from,
                                                  filter_options const& options, wall_time now);

/// All files of this name, newest first; `not_found` for none.
result<std::vector<ledger::file_info>> files_of(ledger::reader& from, std::string const& name);

/// An event number, or the event_id of just one event.
result<event_no> event_of(ledger::reader& from, std::string const& id);

}  // namespace setclick::cli
