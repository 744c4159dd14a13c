#include "recheck_loop.hpp"

#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

void recheck_loop::add(filed file) {
    if (file.done_name.empty()) return;  // it lies nowhere
    schedule_.add(std::move(file), steady_now());
    wake_.notify();
}

boost::asio::awaitable<void> recheck_loop::run() {
    for (std::size_t looks = 1;; ++looks) {
        auto const now = steady_now();
        auto file = schedule_.due(now);
        if (!file) {
            context_->rests();
            co_await wake_.wait_until(schedule_.next());
            continue;
        }
        auto const inode = file->inode;
        auto const found = co_await returns_->look(std::move(*file));
        if (!found && !done_return::passes(found.error())) {
            context_->fatal(found.error());
            co_return;
        }
        bool const is_moved =
            found && (*found == done_look::read_on || *found == done_look::given_back);
        if (is_moved) schedule_.gone(inode);
        if (!found && trouble_.trouble(now))
            telemetry::log_line(telemetry::level::error,
                                "a file that grew in done/ cannot be brought back now; it is tried "
                                "again, at the latest before it would be removed",
                                {{telemetry::log_field::error, found.error().message}});
        // One look is a stat; after a start there are thousands.
        if (looks % looks_a_turn == 0 || is_moved) co_await context_->yield();
    }
}

}  // namespace setclick::intake
