#include "setclickd/async/loop_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace setclick::async {
namespace asio = boost::asio;

void loop_group::start(char const* name, asio::awaitable<void> body) {
    loops_.push_back(std::make_unique<loop>());
    auto& added = *loops_.back();
    added.name = name;
    ++running_;
    asio::co_spawn(
        context_, begin(added, std::move(body)),
        asio::bind_cancellation_slot(
            added.signal.slot(), [this, &added](std::exception_ptr why) { ended(added, why); }));
}

/// A cancellation that comes before the first step would be thrown where nobody catches it, inside
/// co_spawn: it is only noted then.
asio::awaitable<void> loop_group::begin(loop& which, asio::awaitable<void> body) {
    which.has_begun = true;
    if (!which.is_cancelled) co_await std::move(body);
}

void loop_group::cancel() {
    if (std::exchange(is_cancelled_, true)) return;
    cancel_next();
}

void loop_group::cancel_next() {
    for (auto const& l : loops_) {
        if (!l->is_running) continue;
        l->is_cancelled = true;
        if (l->has_begun) l->signal.emit(asio::cancellation_type::terminal);
        return;
    }
}

void loop_group::ended(loop& which, std::exception_ptr const& why) {
    which.is_running = false;
    --running_;
    try {
        if (why) std::rethrow_exception(why);
    } catch (boost::system::system_error const& e) {
        if (e.code() != asio::error::operation_aborted && failed_) failed_(which.name, e.what());
    } catch (std::exception const& e) {
        if (failed_) failed_(which.name, e.what());
    }
    if (is_cancelled_) cancel_next();
    if (running_ == 0 && then_) std::exchange(then_, nullptr)();
}

void loop_group::when_ended(std::function<void()> then) {
    if (has_ended()) return then();
    then_ = std::move(then);
}

}  // namespace setclick::async
