// Feeds the service manager's watchdog, as `watchdog_rule` decides; does nothing without one.
//
// Promises: looks three times in the watchdog's interval; a main, ledger or intake thread that
// hangs is a missed feeding, and the service manager then ends the daemon. A thread that waits for
// the disk does not hang.
//
// Threads: the main one.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>

#include "setclickd/base/time.hpp"
#include "setclickd/ledger/writer.hpp"
#include "watchdog_rule.hpp"

namespace setclick::daemon {

class watchdog {
public:
    using facts_fn = std::function<watchdog_rule::facts()>;
    /// Must outlive the writer's thread.
    watchdog(boost::asio::io_context& context, ledger::writer& writer, facts_fn facts);

    void start();

private:
    using timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    void look();

    boost::asio::io_context& context_;
    ledger::writer& writer_;
    facts_fn facts_;
    std::optional<milliseconds> interval_;
    timer timer_;
    watchdog_rule rule_;
};

}  // namespace setclick::daemon
