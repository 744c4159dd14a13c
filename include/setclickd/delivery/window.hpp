// How many attempts of one account may be on the wire at once.
//
// Starts with one alone: whoever is wrong (a token, a path) is wrong once. Doubles per round of
// successes, as long as the window is what limits; halves on 429, 503 and timeouts, once for all
// attempts that were on the wire together. Does not look at latency: a slow but healthy server
// wants more connections, not fewer.
#pragma once

#include <algorithm>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

class window {
public:
    /// `cap` >= 1: the account's share of the connections at most.
    explicit window(int cap = 64) noexcept : cap_(std::max(1, cap)) {}

    int size() const noexcept { return size_; }
    /// How many more may begin beside `in_flight`.
    int room(int in_flight) const noexcept { return std::max(0, size_ - in_flight); }

    /// `in_flight` counts the attempt that succeeded. A window that is not used says nothing about
    /// a larger one.
    void succeeded(int in_flight) noexcept {
        if (size_ >= cap_) return;
        peak_ = std::max(peak_, in_flight);
        if (++successes_ < size_) return;
        if (2 * peak_ >= size_) size_ = std::min(cap_, size_ * 2);
        begin_round();
    }

    /// For an attempt begun at `begun`; without effect where the window was halved since.
    void shrink(steady_time now, steady_time begun) noexcept {
        if (begun <= shrunk_) return;
        size_ = std::max(1, size_ / 2);
        begin_round();
        shrunk_ = now;
    }

    /// Back to one alone.
    void restart() noexcept {
        size_ = 1;
        begin_round();
    }

    void set_cap(int cap) noexcept {
        cap_ = std::max(1, cap);
        size_ = std::min(size_, cap_);
        begin_round();
    }

private:
    void begin_round() noexcept {
        successes_ = 0;
        peak_ = 0;
    }

    int size_ = 1;
    int cap_;
    int successes_ = 0;  ///< of this round
    int peak_ = 0;       ///< most in flight in this round
    steady_time shrunk_ = steady_time::min();
};

}  // namespace setclick::delivery
