// The files of a ledger, looked at before SQLite opens them: whether what lies beside the main file is
// its own.
//
// SQLite believes whatever lies under the right name: it drops the log of a file that is empty, and
// replays an old log, or a foreign journal, into a copy that was put in the ledger's place. Nothing
// here writes; a live ledger passes.
#pragma once

#include <string>

#include "commit_mark.hpp"

namespace setclick::ledger {

/// Throws `failure` (`io`, naming file and step) where the files do not belong together, as far as
/// they show it by themselves. For everybody who opens a ledger.
void require_own_log(std::string const& path);

/// The same against the mark, which is read before: the log is the one that the mark knows, and the
/// main file beside it holds what was in it when that log began.
void require_marked_log(std::string const& path, mark_values const& mark);

/// Where no mark knows the log: it is of the same ledger as the file beside it, as far as both can be
/// read just now.
void require_log_of_one_ledger(std::string const& path);

/// Once SQLite has opened it: file and log are of one ledger. `ledger_id`: as both together say.
void require_one_ledger(std::string const& path, std::string const& ledger_id);
/// The same against the mark: the ledger that the mark means, with no commit lost.
void require_marked_content(std::string const& path, mark_values const& mark,
                            std::string const& ledger_id, std::int64_t commits);

}  // namespace setclick::ledger
