#include "recheck_loop.hpp"

#include <utility>

#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

void recheck_loop::add(filed file) {
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
        auto const grew = co_await returns_->look(std::move(*file));
        if (!grew && !done_return::passes(grew.error())) {
            context_->fatal(grew.error());
            co_return;
        }
        if (!grew && trouble_.trouble(now))
            telemetry::log_line(telemetry::level::error,
                                "a file that grew in done/ cannot be brought back now; it is tried "
                                "again, at the latest before it would be removed",
                                {{telemetry::log_field::error, grew.error().message}});
        // One look is a stat; after a start there are thousands.
        if (looks % looks_a_turn == 0 || (grew && *grew)) co_await context_->yield();
    }
}

}  // namespace setclick::intake
