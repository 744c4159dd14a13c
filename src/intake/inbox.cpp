#include "inbox.hpp"

#include <algorithm>
#include <iterator>

namespace setclick::intake {

void inbox::give_complete(std::vector<ledger::file_info> files) {
    if (files.empty()) return;
    content letter;
    letter.complete = std::move(files);
    give(std::move(letter));
}

void inbox::give_expired(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest) {
    if (files.empty() && !oldest) return;
    content letter;
    letter.expired = std::move(files);
    letter.oldest_kept = oldest;
    give(std::move(letter));
}

void inbox::give(content letter) {
    {
        std::lock_guard const lock(mutex_);
        letters_.push_back(std::move(letter));
        idle_ = false;
    }
    wake_();
}

inbox::content inbox::take() {
    std::lock_guard const lock(mutex_);
    if (letters_.empty()) return {};
    auto letter = std::move(letters_.front());
    letters_.pop_front();
    return letter;
}

inbox::content inbox::take_all() {
    std::lock_guard const lock(mutex_);
    content all;
    for (auto& letter : letters_) {
        std::ranges::move(letter.complete, std::back_inserter(all.complete));
        std::ranges::move(letter.expired, std::back_inserter(all.expired));
        if (letter.oldest_kept) all.oldest_kept = letter.oldest_kept;
    }
    letters_.clear();
    return all;
}

std::size_t inbox::expiring() const {
    std::lock_guard const lock(mutex_);
    std::size_t files = 0;
    for (auto const& letter : letters_)
        files += letter.expired.size();
    return files;
}

void inbox::set_idle(bool nothing) {
    // Under the lock, so that what is given at this moment is not overlooked.
    std::lock_guard const lock(mutex_);
    idle_ = nothing && letters_.empty();
}

}  // namespace setclick::intake
