// Whether the server in which a ledger lies can be worked with, as the store met it last.
//
// A call to the store may take as long as its server is away: who is not to wait for that looks here.
// Written by the store's thread, read by any.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "setclickd/base/error.hpp"

namespace setclick::ledger {

class server_reach {
public:
    /// A call failed, because of this; the next one may go through.
    void away(error const& why) {
        std::lock_guard const lock(mutex_);
        why_ = why.message;
    }
    void answers() {
        std::lock_guard const lock(mutex_);
        why_.clear();
    }
    /// Empty while it answers.
    std::string why_away() const {
        std::lock_guard const lock(mutex_);
        return why_;
    }

    /// It is tried once more: whoever waits for the store sees that it does not hang.
    void tries() noexcept { ++tries_; }
    std::uint64_t tried() const noexcept { return tries_; }

private:
    mutable std::mutex mutex_;
    std::string why_;
    std::atomic<std::uint64_t> tries_{0};
};

}  // namespace setclick::ledger
