// What of an account's delivery must survive a restart, as plain data, and as the text that the
// ledger keeps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/delivery/doubt_budget.hpp"
#include "setclickd/delivery/gate.hpp"
#include "setclickd/delivery/park.hpp"

namespace setclick::delivery {

struct park_state {
    park_reason reason = park_reason::none;
    std::int64_t since_ms = 0;  ///< wall
    std::string detail;
    int probes = 0;
    std::int64_t next_probe_ms = 0;  ///< from the moment of saving; 0 = at once

    friend bool operator==(park_state const&, park_state const&) = default;
};

struct account_state {
    gate_state gate;             ///< also holds when all of this was saved
    park_state parked;           ///< what lies beneath a pause
    std::int64_t paused_ms = 0;  ///< wall time since when a person paused it; 0 = not paused
    int trouble_rounds = 0;
    std::vector<event_no> rejected;
    doubt_state doubts;
    std::string
        clock;  ///< whose steady clock it was saved by, where several nodes share the ledger

    friend bool operator==(account_state const&, account_state const&) = default;
};

/// The endpoint's own gate and park.
struct endpoint_state {
    gate_state gate;
    park_state parked;
    std::string clock;  ///< as the account's

    friend bool operator==(endpoint_state const&, endpoint_state const&) = default;
};

/// As it is where `clock` counts the steady time: of what another machine (or another boot of this one) has
/// saved nobody knows for sure how long ago that was. What was used then counts as used now; only a Retry-After runs
/// on, by `age`, which the ledger's server counted.
account_state seen_by(account_state state, std::string_view clock, milliseconds age);
/// The endpoint's park and what it learnt are that machine's own: its network may have been the reason. Only a
/// person's pause is everybody's.
endpoint_state seen_by(endpoint_state state, std::string_view clock);

/// A person's pause and resume of an account whose daemon does not run: what `account_control::pause`
/// and `resume` do to a live one. Both leave the gate as it is.
/// False when it was paused already.
bool pause(account_state& state, wall_time wall_now) noexcept;
struct resumed_state {
    bool was_stopped = false;       ///< paused, parked or in trouble
    std::vector<event_no> refused;  ///< of a suspect account: they go back to waiting
};
/// `accept_rejections`: no event goes back.
resumed_state resume(account_state& state, bool accept_rejections);
/// What `gate::forget_learnt` does to a live one. False when there was nothing to forget.
bool forget_rate(gate_state& state) noexcept;

/// A park as it is saved at `now`, and as it goes on at `now` after `elapsed`: its next probe is
/// never further away than `cap`, whatever the clocks did.
park_state saved_park(park const& parked, steady_time now);
park loaded_park(park_state const& state, steady_time now, milliseconds elapsed, milliseconds cap);

/// One line of JSON; members that say nothing are left out.
std::string to_text(account_state const& state);
std::string to_text(endpoint_state const& state);

/// Empty text is the state of an account never seen. Unknown members are ignored; anything else
/// that was not written by `to_text` is `invalid_data` with the member's name. Numbers out of range
/// are mended by `load`, not here.
result<account_state> account_state_from_text(std::string_view text);
result<endpoint_state> endpoint_state_from_text(std::string_view text);

}  // namespace setclick::delivery
