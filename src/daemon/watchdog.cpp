#include "watchdog.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "notify.hpp"

namespace setclick::daemon {

watchdog::watchdog(boost::asio::io_context& context, ledger::writer& writer, facts_fn facts)
    : context_(context),
      writer_(writer),
      facts_(std::move(facts)),
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
    auto const decided = rule_.look(facts_(), std::chrono::steady_clock::now());
    if (decided.feed) notify_watchdog();
    if (!decided.ask_ledger) return;
    // After imports: an answer proves that both of the ledger's queues are worked on.
    writer_.post(ledger::writer::priority::import, [this](ledger::store&) {
        boost::asio::post(context_, [this] { rule_.ledger_answered(); });
    });
}

}  // namespace setclick::daemon
