#include "setclickd/spool/wholeness.hpp"

#include <algorithm>

namespace setclick::spool {

decision decide(evidence const& seen, wholeness_limits const& limits) noexcept {
    if (seen.size == 0) return decision::leave_empty;
    if (seen.how == arrival::renamed_in || limits.settle <= milliseconds{0}) return decision::take;
    auto const patience = std::max(limits.patience, limits.settle);
    bool const is_quiet = seen.quiet_for >= limits.settle;
    if (!is_quiet && seen.how != arrival::closed) return decision::wait;
    if (!seen.end) return decision::look_at_end;
    if (*seen.end == file_end::inside && seen.quiet_for < patience) return decision::wait;
    if (!seen.open) return decision::try_lease;
    switch (*seen.open) {
        case lease::granted:
            return decision::take;
        case lease::refused:
            return seen.quiet_for >= patience ? decision::wait_open : decision::wait;
        case lease::unavailable:
            break;
    }
    return is_quiet ? decision::take : decision::wait;
}

milliseconds quiet_clock::quiet_for(file_look const& look, steady_time now) {
    auto const known = watched_.find(look.inode);
    if (known == watched_.end()) {
        // Places of files that left in another way than through `forget`.
        if (watched_.size() >= most_watched)
            std::erase_if(watched_, [&](auto const& entry) {
                return now - entry.second.asked > forget_after_;
            });
        if (watched_.size() < most_watched) watched_.emplace(look.inode, watched{look, now, now});
        return milliseconds{0};
    }
    auto& seen = known->second;
    seen.asked = now;
    if (seen.look != look) {
        seen.look = look;
        seen.since = now;
    }
    return std::chrono::floor<milliseconds>(now - seen.since);
}

}  // namespace setclick::spool
