#include "ready_queue.hpp"

#include <algorithm>
#include <cassert>

namespace setclick::dispatch {

void ready_queue::add(ledger::batch&& batch) {
    if (batch.events.empty()) return;
    auto held = std::make_unique<held_batch>();
    held->unsettled = batch.events.size();
    size_ += batch.events.size();
    held->data = std::move(batch);
    batches_.push_back(std::move(held));
}

ready_event ready_queue::pop() {
    assert(size_ > 0);
    --size_;
    if (!again_.empty()) {
        auto const event = again_.back();
        again_.pop_back();
        return event;
    }
    // Batches are few (two or three): the first with something left.
    for (auto& batch : batches_)
        if (batch->next < batch->data.events.size())
            return {batch.get(), static_cast<std::uint32_t>(batch->next++)};
    assert(false);
    return {};
}

void ready_queue::push_back_to_front(ready_event event) {
    again_.push_back(event);
    ++size_;
}

void ready_queue::settled(held_batch* batch) {
    if (--batch->unsettled > 0) return;
    std::erase_if(batches_, [batch](auto const& b) { return b.get() == batch; });
}

}  // namespace setclick::dispatch
