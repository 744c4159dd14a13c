// Whether the endpoint can be reached at all: while it cannot, nothing is claimed, and one
// connection at a time is tried.
#include "account_entry.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::pipeline {
using telemetry::level;
using telemetry::log_line;

void deliver::opened() {
    auto const now = std::chrono::steady_clock::now();
    open_failures_ = 0;
    next_open_ = {};
    if (unreached_ > 0) {
        unreached_ = 0;
        unreached_why_.clear();
        if (auto const n = reach_log_.ended(now))
            log_line(level::info, "the endpoint can be reached again",
                     {{"attempts", n->count}, {"after", duration_text(n->lasted)}});
        maybe_cycle(now);
    }
}

void deliver::open_failed(net::open_failure const& failure) {
    if (stopping_) return;
    auto const now = std::chrono::steady_clock::now();
    // Several connections that fail together are one failure.
    if (now >= next_open_) next_open_ = now + reach_backoff_.delay(++open_failures_, random_);
    schedule(next_open_);
    // While others are open the endpoint can be reached, and wants no more of them.
    if (auto const counts = pool_->counts(); counts.busy + counts.idle > 0) return;
    unreached_ = open_failures_;
    unreached_why_ = failure.text;
    if (auto const n = reach_log_.trouble(now))
        log_line(level::warn,
                 n->what == telemetry::log_limiter::kind::begins
                     ? "the endpoint cannot be reached; events wait"
                     : "the endpoint still cannot be reached; events wait",
                 {{"reason", delivery::name_of(failure.failure)},
                  {"error", failure.text},
                  {"next_try_in",
                   duration_text(std::chrono::duration_cast<milliseconds>(next_open_ - now))},
                  {"tries", n->count}});
    give_back_all();
    maybe_cycle(now);
}

}  // namespace setclick::pipeline
