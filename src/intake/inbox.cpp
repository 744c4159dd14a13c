#include "inbox.hpp"

#include <iterator>

namespace setclick::intake {

void inbox::give_complete(std::vector<ledger::file_info> files) {
    if (files.empty()) return;
    {
        std::lock_guard const lock(mutex_);
        std::move(files.begin(), files.end(), std::back_inserter(content_.complete));
        idle_ = false;
    }
    wake_();
}

void inbox::give_expired(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest) {
    if (files.empty() && !oldest) return;
    {
        std::lock_guard const lock(mutex_);
        std::move(files.begin(), files.end(), std::back_inserter(content_.expired));
        if (oldest) content_.oldest_kept = oldest;
        idle_ = false;
    }
    wake_();
}

inbox::content inbox::take() {
    std::lock_guard const lock(mutex_);
    return std::exchange(content_, {});
}

std::size_t inbox::expiring() const {
    std::lock_guard const lock(mutex_);
    return content_.expired.size();
}

void inbox::set_idle(bool nothing) {
    // Under the lock, so that what is given at this moment is not overlooked.
    std::lock_guard const lock(mutex_);
    idle_ = nothing && content_.is_empty();
}

}  // namespace setclick::intake
