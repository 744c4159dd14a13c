// Prunes the ledger by its retention, slice by slice, and has the ledger's age grow.
//
// Promises: a slice comes after delivery's transactions and there is a pause between two, so that
// pruning never stalls delivery; no more files are named than can be removed meanwhile; the steady
// clock counts the days, so that a wall clock that jumps prunes nothing; a full disk only delays
// it.
//
// Threads: the main one.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>

#include "setclickd/ledger/writer.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::daemon {

class retention_timer {
public:
    struct wiring {
        /// These are past their time in done/.
        std::function<void(ledger::prune_slice&)> expire;
        /// How many of them are still there.
        std::function<std::size_t()> expiring;
        /// The ledger cannot be trusted any more.
        std::function<void(error const&)> fatal;
    };
    /// Must outlive the writer's thread.
    retention_timer(boost::asio::io_context& context, ledger::writer& writer, wiring w);

    /// At the start and after a reload.
    void keep(settings::retention_settings const& settings);
    void start();
    void stop();

private:
    using timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    void prune();
    void pruned(result<ledger::prune_slice>& done, milliseconds elapsed);
    void prune_in(milliseconds pause);

    boost::asio::io_context& context_;
    ledger::writer& writer_;
    wiring wiring_;
    ledger::retention keep_;
    timer timer_;
    std::optional<steady_time> counted_up_to_;  // the ledger's age has grown up to here
    ledger::prune_slice pruned_so_far_;         // since the last line in the log
    bool stopped_ = false;
};

}  // namespace setclick::daemon
