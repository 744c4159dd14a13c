#include "setclickd/delivery/account_trouble.hpp"

#include <algorithm>

namespace setclick::delivery {
namespace {

/// A server that cannot be reached at all needs no third witness; a 500 or a broken connection may
/// be one event's.
constexpr int enough_unreached = 2;
constexpr int enough_failures = 5;
constexpr auto remind_every = std::chrono::minutes{1};

}  // namespace

void account_trouble::met(transport_failure failure) noexcept {
    last_status_ = 0;
    last_failure_ = failure;
}

void account_trouble::failed() noexcept {
    ++in_a_row_;
    if (is_on()) ++failures_;
}

bool account_trouble::is_whole_round(bool unreached, int in_flight) const noexcept {
    return in_a_row_ >= std::max(unreached ? enough_unreached : enough_failures, in_flight + 1);
}

void account_trouble::begin(steady_time now, wall_time wall_now, milliseconds wait) noexcept {
    rounds_ = 1;
    began_ = now;
    since_ = wall_now;
    failures_ = static_cast<std::uint64_t>(in_a_row_);
    reminded_at_ = now;
    next_try_ = now + wait;
}

bool account_trouble::is_outage(steady_time now, int rounds, milliseconds lasting) const noexcept {
    return rounds_ >= std::max(1, rounds) && now - began_ >= lasting;
}

void account_trouble::try_by(steady_time latest) noexcept {
    next_try_ = std::min(next_try_, latest);
}

void account_trouble::end() noexcept {
    rounds_ = 0;
    in_a_row_ = 0;
    failures_ = 0;
}

std::string account_trouble::last() const {
    if (last_status_ == unknown_status) return "before the restart";
    return last_status_ > 0 ? std::to_string(last_status_) : name_of(last_failure_);
}

trouble_view account_trouble::view(steady_time next_try) const {
    trouble_view out;
    if (!is_on()) return out;
    out.is_on = true;
    out.since = since_;
    out.failures = failures_;
    out.next_try = next_try;
    out.last = last();
    return out;
}

bool account_trouble::remind(steady_time now) noexcept {
    if (!is_on() || now - reminded_at_ < remind_every) return false;
    reminded_at_ = now;
    return true;
}

void account_trouble::load(int rounds, steady_time now, wall_time since,
                           steady_time next_try) noexcept {
    rounds_ = rounds;
    in_a_row_ = 0;
    last_status_ = unknown_status;
    since_ = since;
    reminded_at_ = now;
    began_ = now;
    next_try_ = next_try;
}

}  // namespace setclick::delivery
