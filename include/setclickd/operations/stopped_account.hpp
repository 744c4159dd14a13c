// A pause or resume of an account that no daemon sends for: its state lies in the ledger alone.
#pragma once

#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::operations {

/// The account's note as its daemon left it, with the change; whoever sends for it next reads it. The store must
/// own it. True: it changed something. `who`: for the receipts of events that are woken or returned.
result<bool> change_stopped_account(ledger::store& store, ledger::account_info const& account,
                                    control::pause_request const& what, std::string const& who);

}  // namespace setclick::operations
