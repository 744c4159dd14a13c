// Probes an account by a report where events must not be spent: one row is asked for, which books
// nothing, and whoever answers it shows whether the API is there.
//
// Promises: that a report has passed the account's rate gate is durable before it is made, and its
// end is reported to the dispatcher exactly once, unless `stop` came first. Never: reads what the
// rows say, or tries again; when to ask again is the account's decision.
//
// Threads: the main one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

#include "configuration.hpp"
#include "network.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/writer.hpp"

namespace setclick::daemon {

class report_probe {
public:
    /// All the others outlive this; the io_context does not run after this is destroyed.
    report_probe(boost::asio::io_context& context, configuration const& config,
                 network const& network, dispatch::dispatcher& dispatcher, ledger::writer& writer);

    /// For an account whose gates it has passed.
    void ask(account_no no);
    /// What is under way has no effect any more.
    void stop() noexcept { is_stopped_ = true; }

private:
    using executor = boost::asio::io_context::executor_type;

    void call(account_no no);
    void failed(account_no no);
    boost::asio::awaitable<void, executor> run(account_no no, secret<std::string> request);

    boost::asio::io_context& context_;
    configuration const& config_;
    network const& network_;
    dispatch::dispatcher& dispatcher_;
    ledger::writer& writer_;
    bool is_stopped_ = false;
};

}  // namespace setclick::daemon
