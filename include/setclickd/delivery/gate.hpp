// The rate gate: every HTTP call (attempt, retry, probe, login, report) of an account passes one,
// and where the endpoint has a limit of its own, a second one.
//
// It is a GCRA: one point in time (the theoretical arrival time) says how much of the allowance is
// used. Promise: in any span of length T no more than rate * T + burst calls pass, with `rate` the
// configured one, whatever is learnt meanwhile, restarts and clock jumps included. That holds where
// (a) nothing is sent unless `may_pass` said so at that moment and `pass` was called, and (b)
// `save` was durable before: after a crash the permits of claimed attempts count as used
// (`reserved`). Beside the rate it keeps the server's requests: Retry-After, a spent
// X-RateLimit-Remaining. An unlimited gate costs one comparison to ask and one to pass.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/learnt_rate.hpp"

namespace setclick::delivery {

struct gate_settings {
    double rate_per_minute =
        60;         ///< 0 = unlimited; fractions are allowed (0.5 = one in two minutes)
    int burst = 1;  ///< calls that may follow each other at once after a quiet time, >= 1
    milliseconds longest_hold{std::chrono::hours{1}};  ///< what a server may ask for at most
    double report_share = 0.05;  ///< of the permits, while events wait; 0 to 1
};

/// What survives a restart: plain integers, 0 = nothing. Both clocks, because each of them alone
/// can lie: the steady one never runs ahead of real time (it begins at each boot), the wall one may
/// jump. The smaller difference counts.
struct gate_state {
    std::int64_t saved_wall_ms = 0;
    std::int64_t saved_steady_ms = 0;
    std::int64_t used_millionths = 0;  ///< of a permit: how much of the allowance is used
    std::int64_t reserved =
        0;  ///< calls claimed and not made then: nobody knows when they were made
    std::int64_t hold_ms = 0;            ///< how long the server's request still holds
    std::int64_t learnt_millionths = 0;  ///< of a call a minute, as the next three
    std::int64_t target_millionths = 0;
    std::int64_t ceiling_millionths = 0;
    std::int64_t said_millionths = 0;

    friend bool operator==(gate_state const&, gate_state const&) = default;
};

/// How much time has surely passed since `gate_state` was saved: never more than really did.
milliseconds surely_elapsed(std::int64_t saved_wall_ms, std::int64_t saved_steady_ms,
                            steady_time now, wall_time wall_now) noexcept;

class gate {
public:
    explicit gate(gate_settings const& settings = {}) noexcept;

    /// New settings; what is used, held and learnt stays.
    void configure(steady_time now, gate_settings const& settings) noexcept;

    /// True when neither rate nor server restrict anything: then no clock need be asked.
    bool is_free() const noexcept { return events_from_ == steady_time::min() && !counts(); }
    /// Whether a call other than a report may be made now.
    bool may_pass(steady_time now) const noexcept { return now >= events_from_; }
    /// A call is made now. Call it for each one, after `may_pass`; one made without counts all the
    /// same.
    void pass(steady_time now) noexcept {
        if (counts()) [[unlikely]]
            use(now);
    }
    /// The earliest time of the next call: `now` when possible.
    steady_time next(steady_time now) const noexcept { return std::max(now, events_from_); }
    /// How many calls may be made until `now + ahead`, if all are made as early as possible.
    int permits(steady_time now, milliseconds ahead = 0ms) const noexcept;

    // Reports (reads) get at most their share while events wait; unlimited or without waiting
    // events they pass as any.
    bool may_pass_report(steady_time now, bool events_wait) const noexcept;
    void pass_report(steady_time now, bool events_wait) noexcept;
    /// The earliest time of the next report page, as far as it can be foretold.
    steady_time next_report(steady_time now, bool events_wait) const noexcept;
    /// While true a report stands at the gate: events leave it the permit that its share has
    /// earned.
    void expect_report(bool expected) noexcept;

    // What answers teach. A rate above the configured one is never learnt. Each returns true when
    // the rate changed.
    bool learn_limit(steady_time now, double per_minute) noexcept;
    /// X-RateLimit-Remaining and -Reset of the answer to a call begun at `begun`. `in_flight`:
    /// calls on the wire that the answer may not have counted yet.
    void learn_remaining(steady_time now, steady_time begun, std::int64_t remaining,
                         std::optional<milliseconds> reset, int in_flight = 0) noexcept;
    /// A 429 to a call begun at `begun` (see learnt_rate.hpp): the burst is used up, whatever it
    /// named; the next call comes when that wait is over, or after an interval.
    bool throttled(steady_time now, steady_time begun,
                   std::optional<milliseconds> retry_after) noexcept;
    /// Any other answer; `limit_said`: it carried X-RateLimit-Limit.
    bool answered(steady_time now, steady_time begun, bool limit_said) noexcept {
        if (rate_.accepted(now, begun)) [[unlikely]]
            follow(now, true);
        if (rate_.said() != unlimited_rate && !limit_said) [[unlikely]]
            return follow(now, rate_.unsaid(now));
        return false;
    }
    /// The server asks for quiet: no call before now + wait (capped). An earlier request for longer
    /// stands.
    void hold(steady_time now, milliseconds wait) noexcept;
    /// Lifts what the server asked for and forgets what was learnt: a person knows better. False
    /// when there was nothing of the kind.
    bool forget_learnt(steady_time now) noexcept;

    double configured_per_minute() const noexcept { return rate_.configured(); }
    double effective_per_minute() const noexcept { return rate_.effective(); }
    steady_time not_before() const noexcept { return hold_until_; }
    /// For `status`: "60 a minute, as configured", "lowered to 31 a minute after a 429; configured:
    /// 60 a minute" …
    std::string why(steady_time now) const;
    /// How long the server wants no call: by a wait that it named, or an allowance that is used up.
    milliseconds quiet_for(steady_time now) const noexcept;

    /// `reserved`: calls that are claimed but not made yet; they count as made. At most
    /// `permits(now, 1s)` may be claimed ahead: `load` does not believe more.
    gate_state save(steady_time now, wall_time wall_now, int reserved = 0) const noexcept;
    /// Whatever the state says: the wait is never longer than the saved allowance or the hold's cap
    /// justify.
    void load(gate_state const& state, steady_time now, wall_time wall_now) noexcept;

private:
    using nanoseconds = std::chrono::nanoseconds;

    bool limited() const noexcept { return interval_ != nanoseconds{0}; }
    bool counts() const noexcept { return counts_; }
    void use(steady_time now) noexcept;
    bool follow(steady_time now, bool changed) noexcept;
    void rescale(steady_time now) noexcept;
    void refresh() noexcept;
    bool report_has_turn() const noexcept;

    gate_settings settings_;
    learnt_rate rate_;
    nanoseconds interval_{0};  ///< between calls; 0 = unlimited
    steady_time arrival_{};    ///< theoretical arrival time: what is used up runs until then
    steady_time hold_until_ = steady_time::min();
    std::int64_t budget_ = -1;  ///< calls left until budget_until_; -1 = not known
    steady_time budget_until_{};
    steady_time budget_known_at_ = steady_time::min();  ///< calls begun before it may be overtaken
    steady_time calls_from_ = steady_time::min();       ///< any call
    steady_time events_from_ = steady_time::min();      ///< any call but a report
    double report_credit_ = 1;
    bool report_expected_ = false;
    bool counts_ = false;  ///< whether a pass has to be counted
};

}  // namespace setclick::delivery
