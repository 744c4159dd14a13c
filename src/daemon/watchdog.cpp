#include "watchdog.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "notify.hpp"

namespace setclick::daemon {

watchdog::watchdog(boost::asio::io_context& context, ledger::writer& writer,
                   progress_fn intake_steps)
    : context_(context),
      writer_(writer),
      intake_steps_(std::move(intake_steps)),
      interval_(watchdog_interval()),
      timer_(context) {}

void watchdog::start() {
    if (!interval_) return;
    timer_.expires_after(*interval_ / 3);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        look();
        start();
    });
}

void watchdog::look() {
    if (!rule_.look(intake_steps_())) return;
    notify_watchdog();
    // After imports: an answer proves that both of the ledger's queues are worked on.
    writer_.post(ledger::writer::priority::import, [this](ledger::store&) {
        boost::asio::post(context_, [this] { rule_.ledger_answered(); });
    });
}

}  // namespace setclick::daemon
