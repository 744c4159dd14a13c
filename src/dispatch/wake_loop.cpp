#include "wake_loop.hpp"

#include "claim_loop.hpp"
#include "delivery_log.hpp"
#include "setclickd/delivery/call_permit.hpp"

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
    ask_reports(now);
    wait_ = delivery::next_wake(s_.control, s_.connections(), now, wall);
    if (wait_.until <= now) wait_.until = now + shortest_wait;
    if (then_) then_();
}

/// Accounts that must not spend an event on a probe ask by a report.
void wake_loop::ask_reports(steady_time now) {
    for (auto* const a : s_.accounts.all()) {
        if (!a->flow.control.asks_by_report()) {
            a->logged.is_asked_by_report = false;
            continue;
        }
        if (!delivery::permit_probing_report(s_.control, a->flow, now)) continue;
        delivery_log::asked_by_report(*a);
        s_.hooks.ask_report(a->setup.no);
    }
}

void wake_loop::no_later_than(steady_time at) noexcept {
    if (at >= wait_.until) return;
    wait_ = {delivery::wait_reason::settle, at};
    place_.notify();
}

}  // namespace setclick::dispatch
