// Looks again at finished files in done/, whether somebody has written to them since.
//
// Where it waits: for a file that was finished (`add`), for the next time of one that was; for the
// ledger. Never: keeps a file from being finished; `--once` does not wait for it.
#pragma once

#include "done_return.hpp"
#include "loop_context.hpp"
#include "recheck_schedule.hpp"
#include "setclickd/async/notification.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

class recheck_loop {
public:
    /// Files that are looked at before others have their turn: a millisecond at most.
    static constexpr std::size_t looks_a_turn = 64;

    recheck_loop(loop_context const& context, done_return& returns)
        : context_(&context), returns_(&returns), wake_(context.io) {}

    boost::asio::awaitable<void> run();
    void add(filed file);

private:
    loop_context const* context_;
    done_return* returns_;
    recheck_schedule schedule_;
    async::notification wake_;
    telemetry::log_limiter trouble_;
};

}  // namespace setclick::intake
