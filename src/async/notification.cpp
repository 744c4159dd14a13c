#include "setclickd/async/notification.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace setclick::async {
namespace asio = boost::asio;

void notification::notify() noexcept {
    if (is_notified_) return;
    is_notified_ = true;
    if (!is_waiting_) return;
    try {
        timer_.cancel();
    } catch (boost::system::system_error const&) {
        // Cancelling a timer does not fail; Asio only declares that it may.
    }
}

asio::awaitable<bool> notification::wait_until(steady_time deadline) {
    if (!is_notified_) {
        boost::system::error_code ec;
        timer_.expires_at(deadline);
        is_waiting_ = true;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        is_waiting_ = false;
    }
    // The timer's error is the same for a notification and a cancellation: the state tells them
    // apart.
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    co_return std::exchange(is_notified_, false);
}

asio::awaitable<void> notification::wait() {
    co_await wait_until(never);
}

}  // namespace setclick::async
