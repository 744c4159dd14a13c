// Decisions → what the ledger writes down. Pure.
#pragma once

#include <vector>

#include "ready_queue.hpp"
#include "setclickd/api/verdict.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/delivery/account_control.hpp"
#include "setclickd/net/pool.hpp"

namespace setclick::dispatch {

/// The receipt of an attempt that was not simply delivered at once.
ledger::settlement settlement_of(ready_event const& event, net::exchange_end const& end,
                                 delivery::attempt_outcome const& outcome,
                                 delivery::decision const& d, wall_time now, std::string excerpt);
/// Claimed, never begun.
ledger::settlement settlement_unbegun(ready_event const& event, wall_time now);
/// Its answer cannot be trusted: in doubt.
ledger::settlement settlement_stray(event_no no, doubt_policy policy, wall_time now);
/// Its record cannot be read: held.
ledger::settlement settlement_unreadable(ready_event const& event, wall_time now);

/// A person wants these events sent again: one whose refusal was not written down yet waits instead.
void return_if_rejected(ledger::settlement& s, std::vector<event_no> const& events);

/// Words of the answer, without the token and the event's personal values.
std::string excerpt_of(api::answer_view const& answer, secret<std::string> const& token,
                       std::string_view record);

}  // namespace setclick::dispatch
