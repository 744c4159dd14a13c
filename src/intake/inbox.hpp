// What other threads have for the intake: complete files, and files that are past their time.
//
// Promises: in the order in which they were given; what nobody took when the intake ends can be
// taken by the one that follows; an intake with something in its inbox is not idle.
// Any thread.
#pragma once

#include <atomic>
#include <cstddef>
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

        bool is_empty() const noexcept {
            return complete.empty() && expired.empty() && !oldest_kept;
        }
    };

    /// `wake` is called on the thread of whoever gives.
    explicit inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void give_complete(std::vector<ledger::file_info> files);
    void give_expired(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest);
    content take();
    std::size_t expiring() const;

    /// Idle once `nothing` is to be done elsewhere and nothing lies here.
    void set_idle(bool nothing);
    bool is_idle() const noexcept { return idle_.load(); }

private:
    std::function<void()> wake_;
    mutable std::mutex mutex_;
    content content_;
    std::atomic<bool> idle_{false};
};

}  // namespace setclick::intake
