// Work that blocks, as something that a coroutine of the main thread can wait for.
//
// Promises: the work runs once, on the pool's thread, one after the other where the pool has one
// thread; the coroutine goes on on its own executor with what the work returned. Never: cancels
// work that has begun.
//
// The work is a named variable that is moved, as for async::ledger_call.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace setclick::daemon {

/// What starts the call: a class of its own, because Asio keeps it in a coroutine's frame.
template <class Work>
class blocking_call_start {
public:
    using answer = std::invoke_result_t<Work&>;

    explicit blocking_call_start(boost::asio::thread_pool& pool) : pool_(&pool) {}

    template <class Handler>
    void operator()(Handler&& handler, Work work) const {
        auto guard = boost::asio::make_work_guard(handler);  // the io_context waits for the answer
        boost::asio::post(*pool_, [guard = std::move(guard), work = std::move(work),
                                   handler = std::forward<Handler>(handler)]() mutable {
            auto const executor = guard.get_executor();
            boost::asio::post(executor, [answered = work(), guard = std::move(guard),
                                         handler = std::move(handler)]() mutable {
                guard.reset();
                std::move(handler)(std::move(answered));
            });
        });
    }

private:
    boost::asio::thread_pool* pool_;
};

/// `work()` returns a value and does not throw. The pool outlives the wait.
template <class Work>
boost::asio::awaitable<typename blocking_call_start<Work>::answer> blocking_call(
    boost::asio::thread_pool& pool, Work work) {
    using answer = typename blocking_call_start<Work>::answer;
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(answer)>(
        blocking_call_start<Work>(pool), boost::asio::use_awaitable, std::move(work));
}

}  // namespace setclick::daemon
