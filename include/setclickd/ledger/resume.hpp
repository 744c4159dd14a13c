// What a person's `resume` of an account changes in the ledger: the same for the daemon, which posts
// the steps one by one, and for a command that holds the ledger's lock itself.
//
// The order is: deferred events are made due, refused events are returned, and then the account's
// note is written that no longer names them. Whatever ends the program in between leaves the account
// as it was, and the person repeats the command.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

class store;

/// The operation that makes an account's deferred events due at once. They may have been received;
/// that changes nothing, since they would be sent again at their time anyway. `who`: for the receipt.
operation wake_deferred(account_no account, std::string who);

struct returned_events {
    std::uint64_t touched = 0;     ///< wait again
    std::uint64_t superseded = 0;  ///< stay rejected: their lines were dropped again meanwhile
    std::vector<queue_depth> depths;
};

/// Returns those of `events` that are still rejected to waiting, then commits `then`. They were
/// refused by the last answer, so they were not booked, whatever an earlier attempt met. An event
/// that is no longer rejected was decided on since, and stays as it is. At most one transaction an
/// event: for the few dozen that an account_state names.
result<returned_events> return_rejected(store& ledger, std::vector<event_no> const& events,
                                        std::string const& who, cycle_request const& then);

}  // namespace setclick::ledger
