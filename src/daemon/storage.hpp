// Opening what is durable, at a start: spool and ledger, in the order in which a refused start
// leaves everything as it was.
//
// Promises: spool and ledger belong together, or nothing is changed; what an earlier run left in
// flight has been ended by the ledger's recovery; each configured account has its number. Blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "setclickd/ledger/lease.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::daemon {

/// What the ledger that is opened counts and reports; they outlive it.
struct storage_figures {
    ledger::commit_figures& commits;
    ledger::server_reach& reach;
};

struct storage {
    std::unique_ptr<spool::directory> spool;
    std::unique_ptr<ledger::store> ledger;
    std::uint64_t run = 0;   ///< the ledger's start counter
    ledger::recovery found;  ///< with every configured account among its accounts
    // Where several nodes may share the ledger:
    std::unique_ptr<ledger::lease> lease;  ///< null: there is one node only
    ledger::node_news news;
    std::string clock;  ///< names this machine's steady clock
};

/// An error names what could not be opened, and the cure. From here on a fatal signal leaves a mark
/// for the next start (crash_marker.hpp).
result<storage> open_storage(settings::settings const& s, storage_figures const& figures);

}  // namespace setclick::daemon
