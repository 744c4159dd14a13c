// An account's own failures (transport failures, 5xx), and the trouble that they become.
//
// A failure in a row is counted; a whole round of them begins trouble: all events of the account
// share one wait, then one attempt alone tries (a round). Trouble that lasts through enough rounds
// for long enough is an outage: `account_control` parks the account then (the circuit breaker).
// Promises: an answer of the API itself ends the row; trouble begins once and ends once; the wait
// only grows shorter by a command or a new setting. Never: draws a wait itself, parks, decides about
// an event.
#pragma once

#include <cstdint>
#include <string>

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/failure.hpp"

namespace setclick::delivery {

/// Trouble, for the log and `status`.
struct trouble_view {
    bool is_on = false;
    wall_time since{};
    std::uint64_t failures = 0;  ///< since then
    steady_time next_try{};
    std::string last;  ///< "503", "connect-refused"
};

class account_trouble {
public:
    bool is_on() const noexcept { return rounds_ > 0; }
    /// Rounds that failed, the one that began it included; 0 = no trouble. It survives a restart.
    int rounds() const noexcept { return rounds_; }
    /// When the next attempt alone may begin.
    steady_time next_try() const noexcept { return next_try_; }

    /// What was met, for `last`: a status, or a transport failure.
    void met(int status) noexcept { last_status_ = status; }
    void met(transport_failure failure) noexcept;
    /// One more failure in a row.
    void failed() noexcept;
    /// Whether these failures are a whole round, so that trouble is to begin. `unreached`: the last
    /// one did not reach the server at all. `in_flight`: attempts that are still on the wire; all
    /// that were on the wire together may fail before anybody can know.
    bool is_whole_round(bool unreached, int in_flight) const noexcept;
    /// It begins; the first attempt alone may begin after `wait`.
    void begin(steady_time now, wall_time wall_now, milliseconds wait) noexcept;
    /// The attempt alone failed as well.
    void add_round() noexcept { ++rounds_; }
    /// Whether that is an outage: enough rounds, and enough time. Where retries come quickly a few
    /// rounds are over in a second: no time to call it an outage.
    bool is_outage(steady_time now, int rounds, milliseconds lasting) const noexcept;
    void wait_until(steady_time next_try) noexcept { next_try_ = next_try; }
    /// The next attempt alone may begin at `latest` at the latest.
    void try_by(steady_time latest) noexcept;
    /// An answer of the API itself, good or bad for its event.
    void answered() noexcept { in_a_row_ = 0; }
    void end() noexcept;

    /// "503", "connect-refused": what was met last.
    std::string last() const;
    /// `next_try`: of the park, where the account is parked, too.
    trouble_view view(steady_time next_try) const;
    /// True once for each further minute that trouble lasts.
    bool remind(steady_time now) noexcept;

    /// After a restart with `rounds` of them; the first attempt alone may begin at `next_try`.
    void load(int rounds, steady_time now, wall_time since, steady_time next_try) noexcept;

private:
    static constexpr int unknown_status = -1;  ///< nothing was met since the start

    int in_a_row_ = 0;
    int rounds_ = 0;
    steady_time next_try_{};
    steady_time began_{};
    wall_time since_{};
    std::uint64_t failures_ = 0;
    steady_time reminded_at_{};
    int last_status_ = 0;  ///< 0: last_failure_
    transport_failure last_failure_{};
};

}  // namespace setclick::delivery
