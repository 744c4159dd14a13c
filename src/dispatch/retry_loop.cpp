#include "retry_loop.hpp"

#include <algorithm>

#include "setclickd/async/ledger_call.hpp"
#include "setclickd/ledger/operations.hpp"
#include "wake_loop.hpp"

namespace setclick::dispatch {
namespace asio = boost::asio;

asio::awaitable<void> retry_loop::run() {
    for (;;) {
        while (wishes_.empty())
            co_await place_.wait();
        auto const what =
            ledger::wake_deferred(wishes_.front().account, std::move(wishes_.front().who));
        wishes_.pop_front();
        event_no after{};
        for (bool is_done = false; !is_done;) {
            auto task = [what, after, now = wall_now()](ledger::store& store) {
                return store.operate(what, after, now);
            };
            auto const slice = co_await async::ledger_call(
                s_.writer, ledger::writer::priority::delivery, std::move(task));
            // Without an answer they wait for their time; what ails the disk is reported by the
            // next transaction.
            is_done = slice.has_error() || slice->done || s_.control.is_stopping();
            if (slice.has_error()) break;
            after = slice->next;
            s_.know_depths(slice->depths);
            wake_.news();
        }
    }
}

void retry_loop::retry(account const& a, std::string who) {
    if (a.flow.queue.deferred == 0) return;
    auto const no = a.setup.no;
    if (std::ranges::find(wishes_, no, &wish::account) != wishes_.end()) return;
    wishes_.push_back({no, std::move(who)});
    place_.notify();
}

}  // namespace setclick::dispatch
