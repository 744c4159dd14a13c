// The loop that waits for time: one deadline, computed from the whole state (next_wake).
//
// Waits   until the next time at which anything may go on, or for news.
// Woken   by whatever changes what is waited for: an import, an answer that was not plain, a
//         command, a transaction's end, a connection that could not be opened.
// Keeps   true: whoever may go on when the deadline has passed goes on.
// Never   decides what is waited for, and never waits for anything else.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>

#include "setclickd/async/notification.hpp"
#include "shared_state.hpp"

namespace setclick::dispatch {

class claim_loop;

class wake_loop {
public:
    wake_loop(shared_state& s, claim_loop& claims) : s_(s), claims_(claims), place_(s.context) {}

    boost::asio::awaitable<void> run();
    /// Something has changed: everything is looked at anew, from the event loop.
    void news() noexcept {
        is_news_ = true;
        place_.notify();
    }
    /// A wait began that ends then, and nothing else has changed.
    void no_later_than(steady_time at) noexcept;
    /// Called after each look.
    void after_look(std::function<void()> then) { then_ = std::move(then); }
    delivery::wait const& waits_for() const noexcept { return wait_; }

private:
    void look(steady_time now);
    void ask_reports(steady_time now);

    shared_state& s_;
    claim_loop& claims_;
    async::notification place_;
    delivery::wait wait_;
    bool is_news_ = true;
    std::function<void()> then_;
};

}  // namespace setclick::dispatch
