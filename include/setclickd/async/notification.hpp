// A place where one coroutine waits until somebody notifies it, or until a deadline.
//
// Promises: a notification that comes while nobody waits is kept, and ends the next wait at once;
// several that come before it are one. A wait that is cancelled throws `operation_aborted`, also
// when the cancellation came between two waits.
// Never: two coroutines that wait at once; a thread of its own. Everything is called on the thread
// of the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "setclickd/base/time.hpp"

namespace setclick::async {

class notification {
public:
    explicit notification(boost::asio::io_context& context) : timer_(context) {}
    notification(notification const&) = delete;
    notification& operator=(notification const&) = delete;

    /// The waiting coroutine goes on (from the event loop, not inside this call). Allocates nothing.
    void notify() noexcept;
    /// True when it was notified, false when `deadline` has passed; `never` waits for a
    /// notification only.
    boost::asio::awaitable<bool> wait_until(steady_time deadline);
    boost::asio::awaitable<void> wait();

private:
    boost::asio::steady_timer timer_;
    bool is_waiting_ = false;
    bool is_notified_ = false;
};

}  // namespace setclick::async
