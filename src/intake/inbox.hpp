// What other threads have for the intake: complete files, and files that are past their time.
//
// Promises: in the order in which they were given, one letter for each call of `wake`, so that a
// letter is never read before what the ledger answered ahead of it: a file may be delivered while
// the answer that gives it its number still waits for the intake's thread. What nobody took when the intake ends can be
// taken by the one that follows; an intake with something in its inbox is not idle.
// Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::intake {

class inbox {
public:
    struct content {
        std::vector<ledger::file_info> complete;
        std::vector<ledger::expired_file> expired;
        std::optional<wall_time> oldest_kept;
    };

    /// `wake` is called on the thread of whoever gives.
    explicit inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void give_complete(std::vector<ledger::file_info> files);
    void give_expired(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest);
    /// The oldest letter; an empty one where there is none.
    content take();
    /// All letters as one: for the intake that follows.
    content take_all();
    std::size_t expiring() const;

    /// Idle once `nothing` is to be done elsewhere and nothing lies here.
    void set_idle(bool nothing);
    bool is_idle() const noexcept { return idle_.load(); }

private:
    void give(content letter);

    std::function<void()> wake_;
    mutable std::mutex mutex_;
    std::deque<content> letters_;
    std::atomic<bool> idle_{false};
};

}  // namespace setclick::intake
