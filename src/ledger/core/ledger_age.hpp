// How long the ledger has plausibly existed: what retention counts its days by.
//
// It grows by what the steady clock measured while the daemon ran, and by the time between two runs
// when that is short enough to be believed. A wall clock that jumps changes it by nothing. Nodes that share
// a ledger share its age: each adds what it measured to what it last saw, and the greatest counts.
#pragma once

#include <cstdint>

#include "setclickd/base/time.hpp"
#include "side_rows.hpp"

namespace setclick::ledger {

inline constexpr std::int64_t day_ms = 86'400'000;

class ledger_age {
public:
    explicit ledger_age(meta_rows& meta) { reload(meta); }

    /// Whole days, from 0.
    std::int64_t today() const noexcept { return age_ms_ / day_ms; }

    /// `elapsed`: on the steady clock since the last call of this run; zero at its first. Inside a
    /// transaction, which now and then gets the new age.
    void grow(meta_rows& meta, wall_time now, milliseconds elapsed);

    std::int64_t milliseconds_old() const noexcept { return age_ms_; }
    void reload(meta_rows& meta) { age_ms_ = meta.number("age_ms"); }
    /// As before a `grow` whose transaction failed.
    void restore(std::int64_t age_ms) noexcept { age_ms_ = age_ms; }

private:
    std::int64_t age_ms_ = 0;
    bool seen_ = false;  ///< the time since the run before has been judged
};

}  // namespace setclick::ledger
