#include "server_watch.hpp"

#include <chrono>

#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

void server_watch::start() {
    timer_.expires_after(std::chrono::seconds{1});
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        look();
        start();
    });
}

void server_watch::look() {
    auto const now = std::chrono::steady_clock::now();
    auto const why = reach_.why_away();
    if (why.empty()) {
        reasons_.clear();
        if (auto const n = away_.ended(now))
            log_line(level::info,
                     "the ledger's server can be worked with again; everything goes on",
                     {{"after", duration_text(n->lasted)}});
        return;
    }
    // A connection that broke is followed by why there is no other one: that is what helps.
    constexpr std::size_t most_reasons = 10;
    auto const due = away_.trouble(now);
    bool const is_new = reasons_.size() < most_reasons && reasons_.insert(why).second;
    if (due || is_new)
        log_line(level::error,
                 "the ledger's server cannot be worked with: no event is claimed meanwhile, files "
                 "stay in incoming/, and what was answered is kept; it goes on by itself",
                 {{"error", why}});
}

}  // namespace setclick::daemon
