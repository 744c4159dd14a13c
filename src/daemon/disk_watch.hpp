// Looks once a second whether the disk keeps the ledger's or the intake's thread waiting, and logs
// it: a stall of the disk is no hang of ours.
//
// Promises: a call that the disk does not answer is logged within five seconds, with the place and
// the thread, and once more when it is over; while it lasts, a fatal signal from outside (a
// watchdog's) counts against no event (crash_marker.hpp).
//
// Threads: the main one; `intake_thread_begins` on the intake's.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/types.h>

#include <atomic>
#include <string>

#include "disk_stall.hpp"
#include "setclickd/ledger/writer.hpp"

namespace setclick::daemon {

class disk_watch {
public:
    /// The paths are for the log. Must outlive the writer's thread.
    disk_watch(boost::asio::io_context& context, ledger::writer& writer, std::string ledger_path,
               std::string spool_path);

    /// Once, before the io_context runs.
    void start();
    void intake_thread_begins() noexcept;

    /// At the last look, at most a second ago.
    bool ledger_in_call() const noexcept { return ledger_.stall.is_in_call(); }
    bool intake_in_call() const noexcept { return intake_.stall.is_in_call(); }
    /// The path whose disk has not answered for long; empty for none.
    std::string stalled() const {
        return ledger_.stall.is_stalled()   ? ledger_.path
               : intake_.stall.is_stalled() ? intake_.path
                                            : std::string();
    }

private:
    using timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    struct watched {
        char const* name;
        std::string path;
        std::atomic<pid_t> tid{0};
        disk_stall stall{};
    };
    void look_in_a_second();
    void look(watched& thread, steady_time now);

    boost::asio::io_context& context_;
    ledger::writer& writer_;
    watched ledger_;
    watched intake_;
    timer timer_;
};

}  // namespace setclick::daemon
