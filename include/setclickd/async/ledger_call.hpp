// A call to the ledger that a coroutine awaits: the task runs on the ledger's thread, its result
// comes back on the coroutine's own executor.
//
// Promises: the task runs exactly once, in the order of `writer::post`, also where the coroutine is
// cancelled meanwhile; its answer is awaited all the same, since what was committed must be taken
// note of. After a cancellation the *next* co_await throws.
//
//     auto task = [request](ledger::store& store) { return store.cycle(request); };
//     auto done = co_await async::ledger_call(writer_, ledger::writer::priority::delivery, std::move(task));
//
// The task is a named variable that is moved: GCC 12 destroys a temporary with captures twice in a
// statement with `co_await`.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

#include "setclickd/ledger/writer.hpp"

namespace setclick::async {

/// What starts the call: a class of its own, because Asio keeps it in a coroutine's frame.
template <class Task>
class ledger_call_start {
public:
    using answer = std::invoke_result_t<Task&, ledger::store&>;

    ledger_call_start(ledger::writer& writer, ledger::writer::priority when)
        : writer_(&writer), when_(when) {}

    template <class Handler>
    void operator()(Handler&& handler, Task task) const {
        auto work = boost::asio::make_work_guard(handler);  // the io_context waits for the answer
        writer_->post(
            when_, [work = std::move(work), task = std::move(task),
                    handler = std::forward<Handler>(handler)](ledger::store& store) mutable {
                auto const executor = work.get_executor();
                boost::asio::post(executor, [answered = task(store), work = std::move(work),
                                             handler = std::move(handler)]() mutable {
                    work.reset();
                    std::move(handler)(std::move(answered));
                });
            });
    }

private:
    ledger::writer* writer_;
    ledger::writer::priority when_;
};

/// `task(store&)` returns a value (`result<void>` for none) and does not throw.
template <class Task>
boost::asio::awaitable<typename ledger_call_start<Task>::answer> ledger_call(
    ledger::writer& writer, ledger::writer::priority when, Task task) {
    using answer = typename ledger_call_start<Task>::answer;
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(answer)>(
        ledger_call_start<Task>(writer, when), boost::asio::use_awaitable, std::move(task));
}

}  // namespace setclick::async
