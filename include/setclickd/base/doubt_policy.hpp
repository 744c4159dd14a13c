// What is to be done with an event that may have been received: the account's `in_doubt` setting.
#pragma once

#include <cstdint>

namespace setclick {

/// The numbers are those that the ledger writes; they do not change.
enum class doubt_policy : std::uint8_t {
    resend = 0,  ///< sent again: nothing is lost, something may be booked twice
    hold = 1,    ///< kept for a person: nothing is booked twice
};

}  // namespace setclick
