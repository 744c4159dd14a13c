// Bytes that nobody asked for: whose answers they cast doubt on.
#include "account_entry.hpp"
#include "setclickd/pipeline/deliver.hpp"
#include "setclickd/telemetry/log.hpp"
#include "settlements.hpp"

namespace setclick::pipeline {
using telemetry::level;
using telemetry::log_line;

void deliver::stray(std::uint64_t connection) {
    // Answers that this connection gave lately, and that are not settled yet, may have been
    // another's: they count as answers that never came.
    auto const now = std::chrono::steady_clock::now();
    std::size_t demoted = 0;
    for (std::size_t i = 0; i < delivered_.size();) {
        if (delivered_[i].connection != connection) {
            ++i;
            continue;
        }
        auto const& e = delivered_[i];
        add_deviation(
            settlement_stray(e.event.event().no, e.account->control.of_doubt(), wall(now)));
        e.account->queue.settled(e.event.batch);
        claims_.ended(e.account->setup.no);
        delivered_[i] = delivered_.back();
        delivered_.pop_back();
        --totals_.delivered;
        ++demoted;
    }
    for (auto& d : deviations_) {
        if (d.connection != connection) continue;
        auto const& a = *entry(d.settlement.no.account());
        d.connection = no_connection;
        if (!d.settlement.in_doubt) ++totals_.in_doubt;
        bool const was_held = d.settlement.state == ledger::event_state::held;
        d.settlement = settlement_stray(d.settlement.no, a.control.of_doubt(), wall(now));
        if (!was_held && d.settlement.state == ledger::event_state::held) ++totals_.held;
        ++demoted;
    }
    log_line(level::warn, "the server sent bytes that nobody asked for; the connection was closed",
             {{"connection", connection}, {"in_doubt", demoted}});
}

}  // namespace setclick::pipeline
