// To which events a person's command applies, and what they become. Pure: the table of
// operations.hpp.
#pragma once

#include <cstdint>

#include "setclickd/ledger/operations.hpp"
#include "span.hpp"

namespace setclick::ledger {

bool applies(operator_verb verb, event_state from) noexcept;

/// `now`: milliseconds since 1970.
span_state target_of(operator_verb verb, std::int64_t now);

}  // namespace setclick::ledger
