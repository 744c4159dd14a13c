// `run --once`: looks whether anything is left to do, and ends the daemon when nothing is.
//
// Promises: ends only when intake and delivery are idle at several looks in a row; the exit code is
// that of `once_end`, with what the ledger held before this run taken off.
//
// Threads: the main one; reads the ledger there (twice a run).
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>

#include "current_intake.hpp"
#include "once_rule.hpp"
#include "setclickd/dispatch/dispatcher.hpp"

namespace setclick::daemon {

class once_run {
public:
    /// All of them outlive this. `over` is called once, with the exit code.
    once_run(boost::asio::io_context& context, current_intake const& intake,
             dispatch::dispatcher const& deliver, std::string ledger_path,
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

    current_intake const& intake_;
    dispatch::dispatcher const& deliver_;
    std::string ledger_path_;
    std::function<void(exit_code)> over_;
    std::uint64_t refused_at_start_ = 0;
    once_rule rule_;
    timer timer_;
};

}  // namespace setclick::daemon
