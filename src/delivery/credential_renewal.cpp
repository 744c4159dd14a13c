#include "setclickd/delivery/credential_renewal.hpp"

namespace setclick::delivery {

bool credential_renewal::ask(steady_time until) noexcept {
    if (state_ != state::none) return false;
    state_ = state::asked;
    until_ = until;
    return true;
}

bool credential_renewal::ask_again(bool parked_for_it) noexcept {
    probe_asked_ = parked_for_it && !probe_asked_;
    return probe_asked_;
}

void credential_renewal::stop_waiting() noexcept {
    if (is_awaited()) state_ = state_ == state::asked_well ? state::none : state::tried;
}

void credential_renewal::renewed(steady_time now) noexcept {
    present_since_ = now;
    stop_waiting();
}

void credential_renewal::replaced(steady_time now) noexcept {
    present_since_ = now;
    state_ = state::none;
    probe_asked_ = false;
}

void credential_renewal::parked() noexcept {
    stop_waiting();
    probe_asked_ = false;
}

}  // namespace setclick::delivery
