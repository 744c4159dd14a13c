// What the server really allows, learnt downwards from its answers; never above what is configured.
//
// Two sources. What the server *says* (X-RateLimit-Limit) holds while it keeps saying it. What it
// *does* (429) lowers the rate and lets it grow again, slowly:
//   * a 429 that names no wait halves the rate; further ones, until a call is accepted again, halve
//     it too, but teach nothing about the limit. The first accepted call brings back half, ten
//     seconds of use the whole of what the server took in the last minute or so; then it creeps:
//     1.1 % a minute of the rate that was too much, until that rate is passed by 2 %: then
//     it was not the limit, and the configured rate is two and a half minutes away. So it saws
//     within a few per cent of the true limit, however far above it the configured rate lies, and
//     a server that is well again is back at its rate within ten minutes.
//   * a 429 that names its wait is obeyed by the gate; only one told twice within two minutes
//   lowers the rate: by half where it held for fewer than ten calls, else by 5 %.
// All answers to calls that were on the wire together count once. It grows only while calls are
// made and accepted.
//
// Rates are calls per minute; infinity = unlimited.
#pragma once

#include <cstdint>
#include <limits>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

inline constexpr double unlimited_rate = std::numeric_limits<double>::infinity();

/// What a 429 taught, and what must survive a restart. 0 = nothing learnt.
struct learnt_limits {
    double learnt = 0;   ///< the rate now
    double target = 0;   ///< where the quick way back ends
    double ceiling = 0;  ///< the rate that was too much
    double said = 0;     ///< X-RateLimit-Limit
};

class learnt_rate {
public:
    /// `per_minute`: 0, negative or not a number = unlimited. What was learnt stays, as far as it
    /// is below.
    void configure(double per_minute) noexcept;

    double configured() const noexcept { return configured_; }
    double effective() const noexcept { return effective_; }
    bool is_lowered() const noexcept { return learnt_ != unlimited_rate; }
    double said() const noexcept { return said_; }

    /// X-RateLimit-Limit; not positive = not said. True when `effective` changed.
    bool say(steady_time now, double per_minute) noexcept;
    /// An answer that named no limit: what was said is forgotten after ten minutes of silence, by
    /// growing from there.
    bool unsaid(steady_time now) noexcept;
    /// An answer other than 429 to a call begun at `begun`: measures what the server takes. The hot
    /// path: some ns. True when `effective` changed.
    bool accepted(steady_time now, steady_time begun) noexcept;
    /// A 429 to a call begun at `begun`; `wait` > 0 when the server named one. True when
    /// `effective` changed.
    bool too_fast(steady_time now, steady_time begun, milliseconds wait) noexcept;
    /// On each call while `is_lowered`. True when `effective` changed.
    bool grow(steady_time now) noexcept;

    learnt_limits save() const noexcept;
    /// Nonsense (negative, not a number) is as nothing.
    void load(learnt_limits const& saved, steady_time now) noexcept;

private:
    struct bucket {
        std::int64_t count = 0;
        std::int64_t busy_ns = 0;
    };

    bool update() noexcept;
    void note_time(steady_time now) noexcept;
    std::int64_t longest_gap_ns() const noexcept;
    double accepted_per_minute() const noexcept;
    double pace() const noexcept;
    double lowest() const noexcept;
    void lower_to(double rate, double target, double ceiling, steady_time from) noexcept;

    double configured_ = unlimited_rate;
    double effective_ = unlimited_rate;
    double learnt_ = unlimited_rate;
    double target_ = 0;
    double ceiling_ = 0;
    double said_ = unlimited_rate;
    steady_time said_at_{};
    steady_time lowered_at_ = steady_time::min();  ///< calls begun before it have been counted
    steady_time told_at_ = steady_time::min();     ///< end of the last wait that a 429 named
    steady_time grown_at_{};
    steady_time last_answer_ = steady_time::min();
    int since_lowered_ = 0;  ///< calls begun since the last 429 that were accepted
    bool proven_ = false;    ///< a call begun since the last lowering was accepted
    bucket now_;
    bucket before_;
};

}  // namespace setclick::delivery
