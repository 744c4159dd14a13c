// What the answer to a read (a report, a login) teaches a gate: reads pass it like attempts, and
// the server counts both.
//
// Pure; the caller makes the gate's state durable. Never: a decision about an event, which a read
// does not carry.
#pragma once

#include "setclickd/api/verdict.hpp"
#include "setclickd/delivery/doubt_budget.hpp"
#include "setclickd/delivery/gate.hpp"

namespace setclick::delivery {

/// `begun`: when the call began. `in_flight`: calls on the wire that the answer may not have
/// counted yet.
void learn_from_read(gate& g, steady_time now, api::answer_facts const& facts, steady_time begun,
                     int in_flight) noexcept;

/// Who answered a report that probes in an event's place.
report_word report_word_of(api::answer_facts const& facts) noexcept;

}  // namespace setclick::delivery
