#include "ledger_watch.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr std::chrono::seconds pause{10};

}  // namespace

void ledger_watch::stop() {
    stopped_ = true;
    timer_.cancel();
}

void ledger_watch::look_later() {
    timer_.expires_after(pause);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec && !stopped_) look();
    });
}

void ledger_watch::look() {
    writer_.post(ledger::writer::priority::import, [this](ledger::store& store) {
        auto health = store.look_after();
        asio::post(context_, [this, health = std::move(health)] { seen(health); });
    });
}

void ledger_watch::seen(result<ledger::ledger_health> const& health) {
    if (stopped_) return;
    if (!health && ledger::may_be_given_again(health.error().code)) return look_later();
    if (!health) return fatal_(health.error());
    auto const now = std::chrono::steady_clock::now();
    if (health->log_held_by.empty()) {
        if (auto const n = large_log_.ended(now))
            log_line(level::info, "nobody keeps the ledger's log from being folded any more",
                     {{"after", duration_text(n->lasted)}, {"log_bytes", health->log_bytes}});
    } else if (large_log_.trouble(now)) {
        log_line(level::warn,
                 "the ledger's log cannot be folded: another program has been reading the ledger "
                 "for long; the log grows until it ends",
                 {{"reader", health->log_held_by},
                  {"log_bytes", health->log_bytes},
                  {"cure", "end that program, or its transaction"}});
    }
    if (health->unsafe != std::exchange(unsafe_, health->unsafe) && !health->unsafe.empty())
        log_line(level::warn,
                 "the server of the ledger does not keep what it acknowledges through a power cut",
                 {{"why", health->unsafe},
                  {"cure", "turn it on in postgresql.conf, and reload the server"}});
    look_later();
}

}  // namespace setclick::daemon
