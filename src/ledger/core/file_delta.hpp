// What a transaction changes in the counters of one file. Pure.
#pragma once

#include <cstdint>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

struct file_delta {
    std::int64_t pending = 0;
    std::int64_t delivered = 0;
    std::int64_t rejected = 0;
    std::int64_t discarded = 0;
    std::int64_t held = 0;  ///< of the pending ones

    /// An event of the file changes its state.
    void move(event_state from, event_state to, std::int64_t count);

    friend bool operator==(file_delta const&, file_delta const&) = default;
};

}  // namespace setclick::ledger
