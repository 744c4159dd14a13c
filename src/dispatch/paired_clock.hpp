// The wall clock by way of the steady one, so that an answer costs no second call of a clock.
#pragma once

#include "setclickd/base/clock.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::dispatch {

class paired_clock {
public:
    paired_clock() { take(); }

    static steady_time now() noexcept { return std::chrono::steady_clock::now(); }
    /// Reads both clocks anew: with each transaction and each look at what waits.
    void take() noexcept {
        steady_ = now();
        wall_ = wall_now();
    }
    /// As of the last `take`, moved on by the steady clock.
    wall_time wall(steady_time at) const noexcept {
        return wall_ + std::chrono::duration_cast<milliseconds>(at - steady_);
    }

private:
    steady_time steady_{};
    wall_time wall_{};
};

}  // namespace setclick::dispatch
