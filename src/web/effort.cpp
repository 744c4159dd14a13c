#include "effort.hpp"

#include <algorithm>

namespace setclick::web {

auto effort::rest(nanoseconds used, steady_time now) noexcept -> nanoseconds {
    if (has_begun_) {
        auto const gained = std::chrono::duration_cast<nanoseconds>((now - at_) * share);
        left_ = std::min(at_once, left_ + gained - (used - used_));
    }
    has_begun_ = true;
    used_ = used;
    at_ = now;
    if (left_ >= nanoseconds{0}) return nanoseconds{0};
    return std::min(longest_rest, std::chrono::duration_cast<nanoseconds>(-left_ / share));
}

}  // namespace setclick::web
