#include "watchdog_rule.hpp"

namespace setclick::daemon {

bool watchdog_rule::look(std::optional<std::uint64_t> intake_steps) noexcept {
    bool const intake_moves = !intake_steps || *intake_steps != last_steps_;
    if (!ledger_answered_ || !intake_moves) return false;
    last_steps_ = intake_steps.value_or(last_steps_);
    ledger_answered_ = false;
    return true;
}

}  // namespace setclick::daemon
