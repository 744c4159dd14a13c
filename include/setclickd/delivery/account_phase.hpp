// What an account is doing, as one name: for the hot path (calm or not), `status` and the log.
#pragma once

#include <cstdint>

namespace setclick::delivery {

/// The account's state; of several that hold at once the first counts.
enum class account_phase : std::uint8_t {
    paused,      ///< by a person
    parked,      ///< with a reason; one probe at a time
    refreshing,  ///< a new credential was asked for
    trouble,     ///< a common wait, then one attempt alone
    half_open,   ///< that attempt is on the wire, and the trouble it was made for is over
    calm,        ///< window and gate decide
};
/// "paused", "parked", …
char const* name_of(account_phase phase) noexcept;

}  // namespace setclick::delivery
