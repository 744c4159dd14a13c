#include "wake_loop.hpp"

#include "claim_loop.hpp"

namespace setclick::dispatch {
namespace asio = boost::asio;

namespace {

/// What is due and could not be done is looked at again after this, not in a tight circle.
constexpr milliseconds shortest_wait{1};

}  // namespace

asio::awaitable<void> wake_loop::run() {
    for (;;) {
        auto const now = paired_clock::now();
        if (std::exchange(is_news_, false) || now >= wait_.until) look(now);
        co_await place_.wait_until(wait_.until);
    }
}

void wake_loop::look(steady_time now) {
    s_.clock.take();
    auto const wall = s_.clock.wall(now);
    if (s_.control.wake(now, wall)) s_.pool->wake();
    if (s_.control.is_cycle_due(now)) claims_.due();
    wait_ = delivery::next_wake(s_.control, s_.connections(), now, wall);
    if (wait_.until <= now) wait_.until = now + shortest_wait;
    if (then_) then_();
}

void wake_loop::no_later_than(steady_time at) noexcept {
    if (at >= wait_.until) return;
    wait_ = {delivery::wait_reason::settle, at};
    place_.notify();
}

}  // namespace setclick::dispatch
