// Carries out the end of the daemon: what `shutdown_stages` decides, with its time limits.
//
// Promises: the parts end in the order of the stages; the io_context stops after the last one, or
// the process exits within the limits. Never: ends while an answer that came in time is unsettled,
// unless the ledger itself is the reason.
//
// Threads: the main one; `part_ended` from any.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>

#include "setclickd/base/error.hpp"
#include "shutdown_stages.hpp"

namespace setclick::daemon {

class shutdown_sequence {
public:
    /// Each is called on the main thread.
    struct wiring {
        /// Takes no new work, and has delivery, intake and reconciler end: each is reported by
        /// `part_ended`.
        std::function<void()> begin;
        /// What is in flight is given up.
        std::function<void()> close_connections;
        /// Requests on their way, for the log.
        std::function<std::size_t()> in_flight;
        /// How long what is in flight is waited for, as configured now.
        std::function<milliseconds()> drain_time;
    };
    shutdown_sequence(boost::asio::io_context& context, wiring w);

    /// SIGTERM or SIGINT; a second one exits at once.
    void on_signal();
    /// Nothing is left to do (`--once`).
    void on_finished(exit_code outcome);
    /// The daemon cannot go on; when it is ending already it exits at once.
    void on_fatal(error const& why);
    void part_ended(shutdown_stages::part which);

    bool is_running() const noexcept { return stages_.is_running(); }
    bool has_ended(shutdown_stages::part which) const noexcept { return stages_.has_ended(which); }
    exit_code outcome() const noexcept { return stages_.outcome(); }

private:
    using timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    void perform(shutdown_stages::actions const& what);
    void perform(shutdown_stages::action what);
    void wait_for_deadline();

    boost::asio::io_context& context_;
    wiring wiring_;
    shutdown_stages stages_;
    timer deadline_;
};

}  // namespace setclick::daemon
