// Keeps the web thread from taking more of the processor than its share, whatever clients do. Pure: both clocks are
// arguments.
//
// Promises: over any time the thread has used at most `share` of it and `at_once` beside, as long as it rests when it is
// told to.
#pragma once

#include <chrono>

#include "setclickd/base/time.hpp"

namespace setclick::web {

class effort {
public:
    using nanoseconds = std::chrono::nanoseconds;

    static constexpr double share = 0.08;
    static constexpr nanoseconds at_once{std::chrono::milliseconds{100}};
    static constexpr nanoseconds longest_rest{std::chrono::milliseconds{50}};

    /// `used`: the processor time of the thread so far. How long it is to rest now; zero: it goes on.
    nanoseconds rest(nanoseconds used, steady_time now) noexcept;

private:
    nanoseconds left_ = at_once;
    nanoseconds used_{0};
    steady_time at_{};
    bool has_begun_ = false;
};

}  // namespace setclick::web
