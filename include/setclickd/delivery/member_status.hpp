// What a daemon knows of itself as one of several nodes, as plain data: for `status` and the metrics.
#pragma once

#include <cstdint>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

struct member_status {
    bool may_send = false;       ///< its lease holds
    milliseconds lease_left{0};  ///< until what is on its way is broken off; a beat renews it
    milliseconds beat_took{0};   ///< the last acknowledged beat, to the server and back
    // Since the start.
    std::uint64_t taken_over = 0;      ///< accounts that it took
    std::uint64_t given_up = 0;        ///< accounts that it gave up
    std::uint64_t taken_in_doubt = 0;  ///< events that others had on their way, when it took them

    friend bool operator==(member_status const&, member_status const&) = default;
};

}  // namespace setclick::delivery
