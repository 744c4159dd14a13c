#include "watchdog_rule.hpp"

namespace setclick::daemon {

auto watchdog_rule::look(facts const& seen, steady_time now) noexcept -> decision {
    bool const intake_moves = !seen.intake_steps || *seen.intake_steps != last_steps_;
    bool const ledger_moves = !is_asked_ || seen.ledger_tries != last_tries_;
    if (ledger_moves || ledger_moved_ == never) ledger_moved_ = now;
    if (intake_moves || intake_moved_ == never) intake_moved_ = now;
    auto const waits_for_disk = [now](bool in_call, steady_time moved) {
        return in_call && now - moved < longest_disk_wait;
    };
    decision out;
    out.feed = !seen.delivery_is_stuck &&
               (ledger_moves ||
                waits_for_disk(seen.ledger_in_disk_call || seen.is_server_away, ledger_moved_)) &&
               (intake_moves || waits_for_disk(seen.intake_in_disk_call, intake_moved_));
    if (!out.feed) return out;
    last_steps_ = seen.intake_steps.value_or(last_steps_);
    last_tries_ = seen.ledger_tries;
    out.ask_ledger = !is_asked_;
    is_asked_ = true;
    return out;
}

}  // namespace setclick::daemon
