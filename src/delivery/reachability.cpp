#include "setclickd/delivery/reachability.hpp"

#include <algorithm>

namespace setclick::delivery {

bool reachability::opened() noexcept {
    bool const was_unreached = is_unreached();
    state_ = state::reached;
    failures_ = 0;
    next_try_ = {};
    why_.clear();
    return was_unreached;
}

bool reachability::open_failed(steady_time now, bool others_open, std::string_view why) {
    if (now >= next_try_) next_try_ = now + backoff_.delay(++failures_, random_);
    if (others_open) {
        // It can be reached, and wants no more connections.
        if (state_ == state::reached) state_ = state::retrying;
        return false;
    }
    state_ = state::unreached;
    why_ = why;
    return true;
}

std::size_t reachability::may_open(steady_time now, std::size_t wanted) const noexcept {
    if (now < next_try_) return 0;
    return is_unreached() ? std::min<std::size_t>(wanted, 1) : wanted;
}

}  // namespace setclick::delivery
