// When the ledger's disk, once it was full, is tried again.
//
// What was answered is written from the ledger's reserve; where even that is full, once a second.
// Claims are tried again once a second, and only a claim that went through ends the state: settling
// may succeed from the reserve while there is no room. Pure; not thread-safe.
#pragma once

#include <utility>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

class disk_retry {
public:
    static constexpr milliseconds interval{1000};

    /// A write failed for want of room; `once_more`: it is tried again at once without its claims,
    /// from the reserve.
    void failed(steady_time now, bool once_more = false) noexcept {
        is_full_ = true;
        next_claim_ = now + interval;
        next_ = once_more ? now : next_claim_;
    }
    /// Something else than a claim could not be written: only that is tried again.
    void put_off(steady_time now) noexcept { next_ = now + interval; }
    /// A claim went through. True when there was no room before.
    bool claimed() noexcept { return std::exchange(is_full_, false); }

    bool is_full() const noexcept { return is_full_; }
    /// From when on notes and answers that could not be written are tried again.
    steady_time next() const noexcept { return next_; }
    /// From when on claims are.
    steady_time next_claim() const noexcept { return is_full_ ? next_claim_ : steady_time::min(); }

private:
    bool is_full_ = false;
    steady_time next_ = steady_time::min();
    steady_time next_claim_ = steady_time::min();
};

}  // namespace setclick::delivery
