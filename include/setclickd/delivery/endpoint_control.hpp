// What all accounts have in common: an optional gate for the whole endpoint, and the endpoint's own
// park.
//
// The endpoint parks when two accounts, or the only one, met the same since the last answer that
// was an API's, so that a moved endpoint is not found out by each of five hundred. But wrong
// accounts never stop good ones. Three rules see to that:
//   in question  where another account may tell, the two are not believed: accounts that are not
//                parked go on, one attempt at a time, until one of them is answered well (the two
//                are wrong, nobody need know) or meets the same (the endpoint parks)
//   witnesses    a parked endpoint lets an account that is not parked itself try at once, first
//                those that were well; when one of these fails, and for the accounts that found the
//                fault, the intervals grow
//   any success  opens it, also of an attempt that had begun before
// Opened, the accounts that park for the same reason should be woken (`account_control::wake`).
// Asked beside the account: an attempt may begin when both have room. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "setclickd/base/ids.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/decision.hpp"
#include "setclickd/delivery/gate.hpp"
#include "setclickd/delivery/outcome.hpp"
#include "setclickd/delivery/park.hpp"
#include "setclickd/delivery/slot_gate.hpp"

namespace setclick::delivery {

struct endpoint_control_settings {
    gate_settings gate{.rate_per_minute = 0};  ///< 0 = no common gate
    /// Several nodes share that rate: each call needs a slot, too (slot_gate.hpp).
    bool is_shared = false;
    probe_settings probes;
    milliseconds retry_cap{std::chrono::minutes{10}};  ///< bounds the probes of *unavailable*
    std::size_t accounts = 1;  ///< configured; with one, its own park is the endpoint's
};

enum class endpoint_change : std::uint8_t {
    none,
    parked,
    opened,
    cleared,  ///< it was in question: whoever waited for the answer may go on
};

/// Whose attempt has ended.
struct attempt_by {
    account_no account{};
    standing before = standing::fresh;           ///< just before `account_control::end`
    park_reason parked_for = park_reason::none;  ///< now
    /// Another account has something in flight or waiting, and is not parked.
    bool others_may_tell = false;
};

class endpoint_control {
public:
    /// An account that is not known to be well lets the others go first for this long.
    static constexpr milliseconds head_start{100};
    /// While the endpoint is in question, another attempt may begin when one takes longer.
    static constexpr milliseconds patience{1000};
    /// So many accounts of which nothing is known must meet the same; one that was well is enough.
    static constexpr int enough_witnesses = 3;
    /// Between accounts of which nothing is known and that try a parked endpoint; it grows from the
    /// eighth on.
    static constexpr milliseconds witness_first{2000};
    static constexpr milliseconds witness_cap{30'000};
    static constexpr int many_witnesses = 8;

    explicit endpoint_control(endpoint_control_settings const& settings = {},
                              std::uint64_t seed = 1);

    /// Attempts that may begin right now, of all accounts of this standing together.
    int room(steady_time now, standing who) const noexcept {
        if (restrained_) [[unlikely]]
            return restrained_room(now, who);
        if (slots_.is_on()) [[unlikely]]
            return std::min(gate_.permits(now), slots_.room(now));
        return gate_.permits(now);
    }
    void begin(steady_time now, standing who, int n = 1) noexcept {
        for (int i = 0; i < n; ++i)
            pass_call(now);
        if (restrained_) [[unlikely]]
            begin_restrained(now, who);
    }
    steady_time next_chance(steady_time now, standing who) const noexcept;
    /// The earliest of any standing.
    steady_time next_chance(steady_time now) const noexcept;
    /// After `account_control::end`, with its decision.
    endpoint_change end(steady_time now, wall_time wall_now, attempt_by const& by,
                        attempt_outcome const& outcome, attempt_info const& info,
                        decision const& made);

    /// After `end`: whoever waits for the endpoint's probe should look again. Accounts that are
    /// parked for the same should take its time over (`account_control::probe_at`).
    bool probe_was_set() noexcept { return std::exchange(probe_set_, false); }

    /// A person says go; also ends a pause. True when it was parked.
    bool resume() noexcept;
    bool pause(wall_time wall_now) noexcept;
    /// Probe now instead of later: an account was resumed, or its credential written. No effect on
    /// a pause.
    void wake(steady_time now) noexcept;
    void configure(steady_time now, endpoint_control_settings const& settings) noexcept;

    park const& parked() const noexcept { return park_; }
    bool in_question() const noexcept { return question_.reason != park_reason::none; }
    delivery::gate& gate() noexcept { return gate_; }
    delivery::gate const& gate() const noexcept { return gate_; }

    /// When a call may be made by the common rate, and that one is made.
    steady_time next_call(steady_time now) const noexcept {
        auto const at = gate_.next(now);
        return slots_.is_on() ? std::max(at, next_slot(now)) : at;
    }
    void pass_call(steady_time now) noexcept {
        gate_.pass(now);
        if (slots_.is_on()) [[unlikely]]
            slots_.pass(now);
    }
    slot_gate& slots() noexcept { return slots_; }
    slot_gate const& slots() const noexcept { return slots_; }

    bool dirty() const noexcept { return dirty_; }
    void saved() noexcept { dirty_ = false; }
    void unsaved() noexcept { dirty_ = true; }  ///< what was saved did not become durable
    endpoint_state save(steady_time now, wall_time wall_now, int reserved = 0) const;
    void load(endpoint_state const& state, steady_time now, wall_time wall_now);

private:
    /// While there is no slot one is asked for soon: never `never`.
    steady_time next_slot(steady_time now) const noexcept;
    int restrained_room(steady_time now, standing who) const noexcept;
    steady_time restrained_from(standing who) const noexcept;
    void begin_restrained(steady_time now, standing who) noexcept;
    endpoint_change end_in_question(steady_time now, wall_time wall_now, attempt_by const& by,
                                    attempt_outcome const& outcome, attempt_info const& info,
                                    decision const& made);
    endpoint_change end_parked(steady_time now, attempt_by const& by,
                               attempt_outcome const& outcome, attempt_info const& info,
                               decision const& made);
    void park_for(steady_time now, wall_time wall_now, park_reason reason, std::string detail);
    void witness_failed(steady_time now, standing who) noexcept;
    milliseconds probe_wait() noexcept;
    void open() noexcept;

    endpoint_control_settings settings_;
    delivery::gate gate_;
    slot_gate slots_;
    random_source random_;
    park park_;
    bool restrained_ = false;  ///< parked or in question: one test on the hot path
    bool probing_ = false;
    bool dirty_ = false;
    bool probe_set_ = false;
    bool met_any_ = false;
    steady_time probe_begun_{};
    /// From when on an account that is not parked itself may try; `next_probe` is for the others.
    steady_time witness_from_{};
    int witnesses_failed_ = 0;
    /// The first account that met each reason since the last good answer; 0 = none.
    std::array<account_no, park_reason_count> met_{};

    struct question {
        park_reason reason = park_reason::none;
        std::string detail;
        steady_time since{};
        steady_time next{};  ///< when the next attempt may begin
        int failed = 0;      ///< accounts of which nothing is known, and that met the same
    };
    question question_;
};

}  // namespace setclick::delivery
