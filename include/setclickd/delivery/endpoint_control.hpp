// What all accounts have in common: an optional gate for the whole endpoint, and the endpoint's own
// park.
//
// The endpoint parks only when two accounts, or the only one, met the same since the last answer
// that was an API's: so one wrong account never stops the others, and a moved endpoint is not found
// out by each of five hundred. Parked, it lets one attempt through at growing intervals, of
// whichever account; the first good answer opens it, and the accounts that park for the same reason
// should then be woken (`account_control::wake`). Asked beside the account: an attempt may begin
// when both have room. Pure; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "setclickd/base/ids.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/decision.hpp"
#include "setclickd/delivery/gate.hpp"
#include "setclickd/delivery/outcome.hpp"
#include "setclickd/delivery/park.hpp"

namespace setclick::delivery {

struct endpoint_control_settings {
    gate_settings gate{.rate_per_minute = 0};  ///< 0 = no common gate
    probe_settings probes;
    milliseconds retry_cap{std::chrono::minutes{10}};  ///< bounds the probes of *unavailable*
    std::size_t accounts = 1;  ///< configured; with one, its own park is the endpoint's
};

enum class endpoint_change : std::uint8_t { none, parked, opened };

class endpoint_control {
public:
    explicit endpoint_control(endpoint_control_settings const& settings = {},
                              std::uint64_t seed = 1);

    /// Attempts that may begin right now, of all accounts together.
    int room(steady_time now) const noexcept {
        if (park_.is_on()) [[unlikely]]
            return probe_room(now);
        return gate_.permits(now);
    }
    void begin(steady_time now, int n = 1) noexcept {
        for (int i = 0; i < n; ++i)
            gate_.pass(now);
        if (park_.is_on()) [[unlikely]] {
            probing_ = true;
            probe_begun_ = now;
        }
    }
    steady_time next_chance(steady_time now) const noexcept;
    /// After `account_control::end`, with its decision and the reason its account is now parked
    /// for.
    endpoint_change end(steady_time now, wall_time wall_now, account_no account,
                        attempt_outcome const& outcome, attempt_info const& info,
                        decision const& made, park_reason account_park);

    /// After `end`: a park has a new time for its next probe. Accounts that are parked for the
    /// same should take it over (`account_control::probe_at`).
    bool probe_was_set() noexcept { return std::exchange(probe_set_, false); }

    /// A person says go; also ends a pause. True when it was parked.
    bool resume() noexcept;
    bool pause(wall_time wall_now) noexcept;
    /// Probe now instead of later: an account was resumed, or its credential written. No effect on
    /// a pause.
    void wake(steady_time now) noexcept;
    void configure(steady_time now, endpoint_control_settings const& settings) noexcept;

    park const& parked() const noexcept { return park_; }
    delivery::gate& gate() noexcept { return gate_; }
    delivery::gate const& gate() const noexcept { return gate_; }

    bool dirty() const noexcept { return dirty_; }
    void saved() noexcept { dirty_ = false; }
    endpoint_state save(steady_time now, wall_time wall_now, int reserved = 0) const;
    void load(endpoint_state const& state, steady_time now, wall_time wall_now);

private:
    int probe_room(steady_time now) const noexcept;
    milliseconds probe_wait() noexcept;
    void open() noexcept;

    endpoint_control_settings settings_;
    delivery::gate gate_;
    random_source random_;
    park park_;
    bool probing_ = false;
    bool dirty_ = false;
    bool probe_set_ = false;
    bool met_any_ = false;
    steady_time probe_begun_{};
    /// The first account that met each reason since the last good answer; 0 = none.
    std::array<account_no, park_reason_count> met_{};
};

}  // namespace setclick::delivery
