// The events on the wire: each has a slot, whose number is its ticket. Slots are used again, so that
// an event costs no allocation.
#pragma once

#include <cstdint>
#include <vector>

#include "account.hpp"

namespace setclick::dispatch {

struct flight {
    account* of = nullptr;
    ready_event event;
    steady_time begun{};
};

class flight_table {
public:
    std::uint64_t add(flight const& f) {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            slots_.emplace_back();
        }
        auto const ticket = free_.back();
        free_.pop_back();
        slots_[ticket] = f;
        return ticket;
    }
    flight take(std::uint64_t ticket) {
        free_.push_back(static_cast<std::uint32_t>(ticket));
        return slots_[ticket];
    }

private:
    std::vector<flight> slots_;
    std::vector<std::uint32_t> free_;
};

}  // namespace setclick::dispatch
