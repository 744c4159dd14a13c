// How long to wait after the n-th failure: exponential, full jitter, capped.
//
// Full jitter (uniform between the floor and the ceiling of the step) because a thousand events
// that failed together must not come back together. The floor keeps a lucky draw from being "at
// once": the fault is still there then.
#pragma once

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/random.hpp"

namespace setclick::delivery {

/// Defaults: 1 s is longer than a server's hiccup and short beside any outage; 10 min at most, so
/// that after a night's outage delivery resumes within minutes while a dead server sees six calls
/// an hour; doubling reaches the cap after ten failures, about a quarter of an hour.
struct backoff_settings {
    milliseconds base{1s};                       ///< ceiling after the first failure, > 0
    milliseconds cap{std::chrono::minutes{10}};  ///< ceiling of the ceilings, >= base
    double factor = 2;                           ///< >= 1
    milliseconds floor{100ms};                   ///< never less, unless the ceiling is
};

class backoff {
public:
    explicit backoff(backoff_settings settings = {}) noexcept : settings_(settings) {}

    /// After `failures` failures in a row, from 1 (less counts as 1): uniform between floor and
    /// `ceiling`.
    milliseconds delay(int failures, random_source& random) const noexcept;
    /// min(cap, base * factor^(failures - 1)).
    milliseconds ceiling(int failures) const noexcept;
    /// What `failures` failures cost in waiting, on average: the sum of the middles. This is an
    /// event's own failure time: it needs no clock and no column, and leaves out whatever the event
    /// waited for others' sake.
    milliseconds expected_total(int failures) const noexcept;

    backoff_settings const& settings() const noexcept { return settings_; }

private:
    milliseconds middle(int failures) const noexcept;

    backoff_settings settings_;
};

}  // namespace setclick::delivery
