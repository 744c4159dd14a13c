#include "loop_context.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace setclick::intake {

boost::asio::awaitable<void> loop_context::yield() const {
    co_await boost::asio::post(io, boost::asio::use_awaitable);
}

boost::asio::awaitable<void> loop_context::pause_until(steady_time when) const {
    boost::asio::steady_timer timer(io, when);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace setclick::intake
