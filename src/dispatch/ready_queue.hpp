// The events that are claimed and not settled: where each of them lies, without an allocation for
// each.
//
// A batch stays in memory until the last of its events is settled; an event on the wire has a slot,
// whose number is its ticket. Slots and batches are used again.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "setclickd/ledger/types.hpp"

namespace setclick::dispatch {

struct held_batch {
    ledger::batch data;
    std::size_t next = 0;       ///< the first event that has not begun
    std::size_t unsettled = 0;  ///< begun or not, without an end
};

struct ready_event {
    held_batch* batch = nullptr;
    std::uint32_t index = 0;

    ledger::claimed_event const& event() const noexcept { return batch->data.events[index]; }
    std::string_view record() const noexcept { return batch->data.text(event().record); }
};

/// The claimed events of one account that have not begun, in order.
class ready_queue {
public:
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    void add(ledger::batch&& batch);
    /// Not empty before.
    ready_event pop();
    /// Goes first again.
    void push_back_to_front(ready_event event);
    /// Its end is known: the batch is forgotten with its last event.
    void settled(held_batch* batch);

private:
    std::deque<std::unique_ptr<held_batch>> batches_;  // with unsettled events
    std::vector<ready_event> again_;
    std::size_t size_ = 0;
};

}  // namespace setclick::dispatch
