// The loop that watches the others: once a second whether anything is forgotten, once a minute the
// lines for people.
//
// Waits   for a second to pass.
// Woken   by nobody.
// Keeps   true: a stall that the program itself is to blame for is logged, shown in `status` and
//         ended, within seconds.
// Never   decides what is waited for: it asks the place that computes it.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>

#include "setclickd/async/notification.hpp"
#include "shared_state.hpp"

namespace setclick::dispatch {

class wake_loop;

class watch_loop {
public:
    watch_loop(shared_state& s, wake_loop& wake) : s_(s), wake_(wake), place_(s.context) {}

    boost::asio::awaitable<void> run();
    /// The lines of the last minute; returns its counts for the line of `systemctl status`.
    std::string minute();
    bool is_stalled() const noexcept { return stalled_checks_ > 0; }
    /// Waking everything has not helped for a minute: only a new start may.
    bool is_stuck() const noexcept { return stalled_checks_ >= 60; }

private:
    void check(steady_time now);
    account const* look_at_accounts(steady_time now);
    std::size_t log_accounts(steady_time now) const;

    shared_state& s_;
    wake_loop& wake_;
    async::notification place_;
    delivery::delivery_totals last_minute_;  // as they were when the last line was written
    int stalled_checks_ = 0;                 // in a row
    steady_time looked_at_{};                // the last time
};

}  // namespace setclick::dispatch
