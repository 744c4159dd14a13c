// An account's park with the clock of its probes, and the pause that may lie above it.
//
// Promises: a pause hides the park and ends without it; probes come one interval after the other,
// each longer than the one before, and none for what only a person ends; a park that is loaded is
// probed no later than the settings allow. Never: decides that an account parks, or that a probe
// is good. `park` (park.hpp) is the value; the endpoint has one of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/park.hpp"
#include "setclickd/delivery/random.hpp"

namespace setclick::delivery {

class account_park {
public:
    /// `retry_cap`: the longest wait of a retry (see `probes_of`).
    account_park(probe_settings const& probes, milliseconds retry_cap) noexcept
        : probes_(probes), retry_cap_(retry_cap) {}
    /// A shorter cap counts for the wait that is running, too.
    void configure(steady_time now, probe_settings const& probes, milliseconds retry_cap) noexcept;

    /// Parked, whether paused or not.
    bool is_on() const noexcept { return park_.is_on(); }
    park_reason reason() const noexcept { return park_.reason; }
    wall_time since() const noexcept { return park_.since; }
    /// `never` where no probe helps, or none is due before an answer.
    steady_time next_probe() const noexcept { return park_.next_probe; }

    void begin(steady_time now, wall_time wall_now, park_reason reason, std::string detail,
               random_source& random);
    void end() noexcept;
    /// A probe met what the account is parked for: the next interval is longer. False where none
    /// is probed.
    bool probe_failed(steady_time now, random_source& random) noexcept;
    /// A probe that showed nothing of it (429): once more after the same interval.
    void probe_again(steady_time now, random_source& random) noexcept;
    void probe_at(steady_time at) noexcept { park_.next_probe = at; }
    /// The cause may be gone: probe now, and the intervals begin anew. For a person's reasons,
    /// nothing.
    void wake(steady_time now) noexcept;

    bool is_paused() const noexcept { return paused_since_.has_value(); }
    /// False when it was paused already.
    bool pause(wall_time wall_now) noexcept;
    void end_pause() noexcept { paused_since_.reset(); }

    /// The one to show: a pause hides the park beneath it.
    park visible() const;

    park_state save(steady_time now) const { return saved_park(park_, now); }
    /// As `account_state::paused_ms`; 0 = not paused.
    std::int64_t save_pause() const noexcept;
    void load(park_state const& parked, std::int64_t paused_ms, steady_time now,
              milliseconds elapsed);

private:
    milliseconds interval(random_source& random) const noexcept;

    probe_settings probes_;
    milliseconds retry_cap_;
    park park_;
    std::optional<wall_time> paused_since_;
};

}  // namespace setclick::delivery
