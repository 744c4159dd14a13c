#include "opening_memory.hpp"

#include <algorithm>

namespace setclick::net {

address_memory::order opening_memory::ordered(std::vector<address> const& found,
                                              steady_time now) const {
    std::lock_guard const lock(mutex_);
    return addresses_.ordered(found, now);
}

bool opening_memory::may_offer_session(steady_time now) const {
    std::lock_guard const lock(mutex_);
    return now >= no_session_until_;
}

void opening_memory::ended(opening_try const& which, opening_end how, steady_time now) {
    std::lock_guard const lock(mutex_);
    switch (how) {
        case opening_end::opened:
            addresses_.worked(which.where);
            if (which.offered_session) pause_ = {};
            return;
        case opening_end::broken:
            if (which.offered_session) return session_failed(which.began, now);
            break;
        case opening_end::stalled:
            if (which.offered_session) session_failed(which.began, now);
            break;
        case opening_end::refused_by_us:
        case opening_end::refused_by_a_proxy:
            break;
    }
    addresses_.failed(which.where, which.began, now);
}

void opening_memory::session_failed(steady_time began, steady_time now) {
    // Those that were begun together are one lesson.
    bool const is_new = pause_ == milliseconds{} || began >= session_failed_at_;
    session_failed_at_ = now;
    if (!is_new) return;
    pause_ = pause_ == milliseconds{} ? first_pause : std::min(pause_ * 2, longest_pause);
    no_session_until_ = now + pause_;
}

}  // namespace setclick::net
