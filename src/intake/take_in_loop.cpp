#include "take_in_loop.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

#include "setclickd/base/clock.hpp"

namespace setclick::intake {

namespace asio = boost::asio;

asio::awaitable<void> take_in_loop::run() {
    for (;;) {
        auto const now = steady_now();
        auto const did = step(now);
        if (!did) {
            context_->fatal(did.error());
            co_return;
        }
        if (*did) {
            co_await context_->yield();
            continue;
        }
        // While nothing may be taken, hints wait in the kernel.
        if (import_->has_room() && may_claim() && claims_->source().may_look(now))
            hints_wanted_.notify();
        context_->rests();
        co_await wake_.wait_until(next_time(now));
    }
}

result<bool> take_in_loop::step(steady_time now) {
    if (!import_->has_room()) return false;
    // What an earlier run had claimed goes first.
    if (files_->count(stage::claimed) == 0 && may_claim()) {
        auto const took = claims_->take(now);
        if (!took) return took.error();
        if (*took) builder_->files_came(now);
    }
    if (!draft_) draft_ = import_->fresh();
    auto const did = builder_->build(*draft_, import_->is_under_way(), now);
    if (draft_->is_empty()) return did;
    import_->give(std::exchange(draft_, nullptr));
    return true;
}

steady_time take_in_loop::next_time(steady_time now) const {
    auto until = never;
    if (import_->has_room() && may_claim()) until = claims_->source().next_look();
    if (builder_->is_short_of_descriptors()) until = std::min<steady_time>(until, now + 500ms);
    return until;
}

asio::awaitable<void> take_in_loop::watch() {
    if (claims_->source().hint_fd() < 0) co_return;
    asio::posix::stream_descriptor hints(context_->io, claims_->source().hint_fd());
    // Whose descriptor it is: given back, however this ends.
    struct lent {
        asio::posix::stream_descriptor& hints;
        ~lent() { hints.release(); }
    } const to_give_back{hints};
    for (;;) {
        co_await hints_wanted_.wait();
        co_await hints.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        wake_.notify();
    }
}

}  // namespace setclick::intake
