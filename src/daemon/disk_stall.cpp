#include "disk_stall.hpp"

namespace setclick::daemon {

auto disk_stall::look(std::optional<thread_sample> seen, steady_time now) noexcept -> change {
    bool const in_call = seen && seen->in_disk_call;
    bool const is_same = in_call && since_ != never && seen->switches == switches_;
    if (is_same) {
        length_ = std::chrono::floor<milliseconds>(now - since_);
        if (is_reported_ || length_ < reported_after) return change::none;
        is_reported_ = true;
        return change::began;
    }
    bool const was_reported = is_reported_;
    if (was_reported) length_ = std::chrono::floor<milliseconds>(now - since_);
    is_reported_ = false;
    since_ = in_call ? now : never;
    switches_ = in_call ? seen->switches : 0;
    return was_reported ? change::ended : change::none;
}

}  // namespace setclick::daemon
