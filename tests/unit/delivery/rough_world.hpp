// For property tests of the rate: real time goes on, the machine's two clocks do as they like, and
// every call is counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/random.hpp"

namespace setclick::delivery {

/// Checks every span at once: with f(k) = k - rate * t(k), no f may exceed the smallest earlier one
/// by burst or more.
class span_check {
public:
    span_check(double per_minute, int burst) : per_ns_(per_minute / 60e9), burst_(burst) {}

    /// False when the promise is broken by this call.
    bool call(std::chrono::nanoseconds at) {
        auto const f = static_cast<double>(++count_) - per_ns_ * static_cast<double>(at.count());
        least_ = std::min(least_, f);
        return f - least_ + 1 <= burst_ + 1e-6;
    }
    int count() const { return count_; }

private:
    double per_ns_;
    int burst_;
    int count_ = 0;
    double least_ = std::numeric_limits<double>::max();
};

struct rough_world {
    explicit rough_world(std::uint64_t seed) : random(seed) {}

    random_source random;
    std::chrono::nanoseconds real{0};
    steady_time boot_offset{std::chrono::hours{5}};  ///< steady = boot_offset + real
    wall_time wall_offset{std::chrono::hours{24 * 20'000}};

    steady_time now() const { return boot_offset + real; }
    wall_time wall() const { return wall_offset + std::chrono::duration_cast<milliseconds>(real); }
    int pick(int below) { return static_cast<int>(random.next() * below); }

    /// The steady clock begins at each boot, so it never shows more than the time that the machine
    /// was down.
    void restart_machine() {
        std::chrono::nanoseconds const up = milliseconds{pick(3)} * pick(100);
        real += up;
        boot_offset = steady_time{up} - real;
    }
    void jump_wall() { wall_offset += std::chrono::hours{24 * 365} * (pick(3) - 1); }
};

}  // namespace setclick::delivery
