// The order of the daemon's end: state in, actions out. No clock, no thread, no socket.
//
//     running ──signal, --once, fatal──> draining ──time over──> giving_up ──time over──┐
//                                           │                        │                 │
//                                           └──── delivery ended ────┴────────┬────────┘
//                                                                             v
//                          ended <──reconciler ended── leaving <──intake ended── stopping
//
// Promises: each action is returned once; the loop stops only after delivery, intake and
// reconciler have ended, in whatever order; a second request to end exits at once.
#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::daemon {

class shutdown_stages {
public:
    enum class stage : std::uint8_t {
        running,
        draining,   ///< no new work; what is in flight is waited for
        giving_up,  ///< connections are closed; the answers of that are being settled
        stopping,   ///< nothing more will be settled; the intake's thread is waited for
        leaving,    ///< nothing more will be written; only the reconciler is waited for
        ended,
    };
    /// What is waited for.
    enum class part : std::uint8_t { delivery, intake, reconciler };
    enum class action : std::uint8_t {
        begin,              ///< no new work: drain, stop the intake and the reconciler
        close_connections,  ///< what is in flight is given up
        abandon_answers,    ///< they could not be written in time: in doubt at the next start
        limit_exit,         ///< exit within `exit_limit`, whatever still runs
        stop_loop,          ///< everything has ended
        exit_now,           ///< with `outcome`; what is in flight is in doubt
    };
    using actions = std::vector<action>;

    /// What closing the connections settles needs a moment. A ledger without room would take for
    /// ever.
    static constexpr milliseconds settle_time{2000};
    /// A look-up of a name cannot be cancelled, and the thread that makes it would be waited for:
    /// half a minute and more where the name server is gone.
    static constexpr milliseconds exit_limit{3000};

    /// SIGTERM or SIGINT.
    actions on_signal(steady_time now, milliseconds drain_time);
    /// Nothing is left to do (`--once`); no effect where the end has begun.
    actions on_finished(exit_code outcome, steady_time now, milliseconds drain_time);
    /// The ledger or a disk cannot be trusted any more: what is not settled yet never will be.
    actions on_fatal(exit_code outcome, steady_time now, milliseconds drain_time);
    /// `which` has ended; saying so again has no effect.
    actions on_ended(part which);
    /// Call at `deadline`; earlier it has no effect.
    actions on_time(steady_time now);

    /// When `on_time` wants to be called; `never` where no time limit runs.
    steady_time deadline() const noexcept { return deadline_; }
    stage now_in() const noexcept { return stage_; }
    bool is_running() const noexcept { return stage_ == stage::running; }
    bool has_ended(part which) const noexcept { return ended_[static_cast<std::size_t>(which)]; }
    exit_code outcome() const noexcept { return outcome_; }

private:
    actions begin(exit_code outcome, steady_time now, milliseconds drain_time);
    /// Goes through every stage whose condition holds by now.
    void advance(actions& out);

    stage stage_ = stage::running;
    exit_code outcome_ = exit_code::done;
    steady_time deadline_ = never;
    std::bitset<3> ended_;  // by part
};

}  // namespace setclick::daemon
