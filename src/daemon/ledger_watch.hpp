// Looks every ten seconds at what others do to the ledger: whether it still lies where it was opened
// (what is removed or replaced under a running daemon would go on unseen, and be gone with its end),
// and whether a reader keeps its log from being folded, which then grows without end.
//
// On the main thread; the ledger answers on its own. Ends the daemon by its wiring, never by itself.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::daemon {

class ledger_watch {
public:
    ledger_watch(boost::asio::io_context& context, ledger::writer& writer,
                 std::function<void(error const&)> fatal)
        : context_(context), writer_(writer), fatal_(std::move(fatal)), timer_(context) {}

    void start() { look_later(); }
    void stop();

private:
    void look_later();
    void look();
    void seen(result<ledger::ledger_health> const& health);

    boost::asio::io_context& context_;
    ledger::writer& writer_;
    std::function<void(error const&)> fatal_;
    boost::asio::steady_timer timer_;
    telemetry::log_limiter large_log_{std::chrono::minutes{10}};
    std::string unsafe_;  ///< as it was logged
    bool stopped_ = false;
};

}  // namespace setclick::daemon
