// What every loop of the intake shares: the event loop of its thread, a way to end the daemon, and
// the note that a loop has nothing to do.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>

#include "setclickd/base/time.hpp"

namespace setclick::intake {

struct loop_context {
    boost::asio::io_context& io;
    /// An error after which the intake must not go on; the loop returns after it.
    std::function<void(error const&)> fatal;
    /// Called by a loop each time before it waits.
    std::function<void()> rests;

    /// Lets the other loops have a turn. Throws when the loop has been cancelled.
    boost::asio::awaitable<void> yield() const;
    /// The same, until then: nothing ends it before but a cancellation.
    boost::asio::awaitable<void> pause_until(steady_time when) const;
};

}  // namespace setclick::intake
