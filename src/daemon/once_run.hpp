// `run --once`: looks whether anything is left to do, and ends the daemon when nothing is.
//
// Promises: ends only when intake and delivery are idle at several looks in a row; the exit code is
// that of `once_end`, with what the ledger held before this run taken off.
//
// Threads: the main one; the ledger is read on another one (twice a run), since its server may be slow.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>

#include "current_intake.hpp"
#include "once_rule.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/place.hpp"

namespace setclick::daemon {

class once_run {
public:
    /// All of them outlive this. `over` is called once, with the exit code.
    once_run(boost::asio::io_context& context, boost::asio::thread_pool& blocking,
             current_intake const& intake, dispatch::dispatcher const& deliver, ledger::place where,
             std::function<void(exit_code)> over);

    /// Before the intake starts: what the ledger holds now is not of this run.
    void start();
    /// The daemon ends for another reason.
    void stop() { timer_.cancel(); }

private:
    using timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    void look();
    void end();

    boost::asio::io_context& context_;
    boost::asio::thread_pool& blocking_;
    current_intake const& intake_;
    dispatch::dispatcher const& deliver_;
    ledger::place where_;
    std::function<void(exit_code)> over_;
    std::uint64_t refused_at_start_ = 0;
    once_rule rule_;
    timer timer_;
};

}  // namespace setclick::daemon
