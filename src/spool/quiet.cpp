#include "setclickd/spool/quiet.hpp"

namespace setclick::spool {

bool quiet_rule::is_quiet(file_look const& look, wall_time now, steady_time steady_now) {
    if (settle_ <= milliseconds{0}) return true;
    auto const changed = look.ctime_ns / 1'000'000;
    auto const age = to_ms(now) - changed;
    if (age >= 0) {
        if (!watched_.empty()) watched_.erase(look.inode);
        return age >= settle_.count();
    }
    auto const known = watched_.find(look.inode);
    if (known == watched_.end()) {
        // Entries of files that left in another way than through `forget` must not fill the table
        // for ever.
        if (watched_.size() >= most_watched)
            std::erase_if(watched_, [&](auto const& entry) {
                return steady_now - entry.second.since > 10 * settle_ + std::chrono::minutes{1};
            });
        if (watched_.size() < most_watched) watched_.emplace(look.inode, watched{look, steady_now});
        return false;
    }
    if (known->second.look != look) {
        known->second = {look, steady_now};
        return false;
    }
    return steady_now - known->second.since >= settle_;
}

}  // namespace setclick::spool
