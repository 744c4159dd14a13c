#include "watch_loop.hpp"

#include <algorithm>

#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"
#include "wake_loop.hpp"

namespace setclick::dispatch {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr milliseconds every{1000};
/// The wake loop's deadline may pass by so much before it counts as missed.
constexpr milliseconds patience{5000};

std::uint64_t waiting_of(account const& a) {
    return a.flow.queue.waiting + a.flow.queue.deferred + a.queue.size();
}

}  // namespace

asio::awaitable<void> watch_loop::run() {
    looked_at_ = paired_clock::now();
    for (;;) {
        co_await place_.wait_until(paired_clock::now() + every);
        auto const now = paired_clock::now();
        delivery_log::recovered(s_.accounts, now);
        check(now);
    }
}

/// An account that nothing would ever wake; null for none. Counts for each the time since the last
/// look for its rate, if that is what it waits for now.
account const* watch_loop::look_at_accounts(steady_time now) {
    auto const wall = s_.clock.wall(now);
    auto const pool = s_.connections();
    auto const since = std::chrono::duration_cast<milliseconds>(
        std::clamp<steady_time::duration>(now - std::exchange(looked_at_, now), 0s, patience));
    account const* lost = nullptr;
    for (auto* const a : s_.accounts.all()) {
        auto const why = delivery::wait_of(s_.control, a->flow, pool, now, wall).why;
        if (why == delivery::wait_reason::rate) a->rate_waited += since;
        if (why == delivery::wait_reason::forgotten && lost == nullptr) lost = a;
    }
    return lost;
}

void watch_loop::check(steady_time now) {
    auto const* const lost = look_at_accounts(now);
    auto const& waits = wake_.waits_for();
    bool const is_missed = waits.until < now - patience;
    if (lost == nullptr && !is_missed) {
        stalled_checks_ = 0;
        return;
    }
    if (++stalled_checks_ == 1)
        log_line(level::error,
                 "events wait and nothing would have woken them: a fault of this program, please "
                 "report it; they are woken now",
                 {{"account", lost != nullptr ? lost->setup.id : std::string()},
                  {"waits_for", delivery::name_of(waits.why)},
                  {"in_flight", s_.control.turn().in_flight()},
                  {"ready", s_.control.turn().ready()}});
    s_.control.wake_all(now, s_.clock.wall(now));
    s_.pool->wake();
    wake_.news();
}

std::size_t watch_loop::log_accounts(steady_time now) const {
    constexpr std::size_t most_lines = 10;
    std::size_t parked = 0;
    for (auto* const a : s_.accounts.all()) {
        auto const waiting = waiting_of(*a);
        if (waiting == 0) continue;
        if (a->flow.control.visible_park().is_on()) {
            if (++parked <= most_lines) delivery_log::still_parked(*a, waiting);
        } else if (a->flow.control.remind(now)) {
            auto const trouble = a->flow.control.trouble();
            log_line(level::warn, "trouble with the account's deliveries lasts",
                     {{"account", a->setup.id},
                      {"waiting", waiting},
                      {"reason", trouble.last},
                      {"failures", trouble.failures},
                      {"since", wall_text(trouble.since)}});
        }
    }
    return parked;
}

std::string watch_loop::minute() {
    std::uint64_t waiting = 0;
    for (auto* const a : s_.accounts.all())
        waiting += waiting_of(*a);
    auto const parked = log_accounts(paired_clock::now());
    auto const& endpoint = s_.control.endpoint().parked();
    if (endpoint.is_on() && waiting > 0) delivery_log::endpoint_still_parked(endpoint);
    // A stray answer takes back what an earlier minute may have counted.
    auto const did = [](std::uint64_t total, std::uint64_t before) {
        return total - std::min(total, before);
    };
    auto const& totals = s_.totals;
    auto const before = std::exchange(last_minute_, totals);
    if (waiting > 0 || totals.attempts != before.attempts || totals.rejected != before.rejected)
        log_line(level::info, "the last minute",
                 {{"delivered", did(totals.delivered, before.delivered)},
                  {"rejected", did(totals.rejected, before.rejected)},
                  {"deferred", did(totals.deferred, before.deferred)},
                  {"in_doubt", did(totals.in_doubt, before.in_doubt)},
                  {"waiting", waiting},
                  {"parked_accounts", parked}});
    s_.log.minute(totals);
    s_.log.held(totals);
    return grouped(waiting) + " waiting, " + grouped(totals.delivered) +
           " delivered since the start";
}

}  // namespace setclick::dispatch
