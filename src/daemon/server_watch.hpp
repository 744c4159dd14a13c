// Logs when the server of the ledger cannot be worked with, and when it can again: once a second it looks at
// what the store met (ledger::server_reach), whichever call met it. Each reason of an absence is logged once, the
// last one again each minute. Never: talks to the server.
//
// On the main thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <set>
#include <string>

#include "setclickd/ledger/server_reach.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::daemon {

class server_watch {
public:
    /// `reach` outlives this.
    server_watch(boost::asio::io_context& context, ledger::server_reach const& reach)
        : reach_(reach), timer_(context) {}

    void start();

private:
    void look();

    ledger::server_reach const& reach_;
    boost::asio::steady_timer timer_;
    telemetry::log_limiter away_;
    std::set<std::string> reasons_;  ///< of this absence that were logged
};

}  // namespace setclick::daemon
