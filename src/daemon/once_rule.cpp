#include "once_rule.hpp"

namespace setclick::daemon {

exit_code exit_code_of(once_end const& end) noexcept {
    if (end.has_unreadable) return exit_code::io;
    if (end.waits_for_parks) return exit_code::try_later;
    bool const is_all = end.left.refused <= end.refused_at_start && end.left.held == 0;
    return is_all ? exit_code::done : exit_code::partly;
}

bool once_rule::is_over(bool intake_idle, bool delivery_idle) noexcept {
    idle_looks_ = intake_idle && delivery_idle ? idle_looks_ + 1 : 0;
    return idle_looks_ >= idle_looks_needed;
}

}  // namespace setclick::daemon
