// When `run --once` is over, and with which exit code. Pure: no clock, no ledger.
#pragma once

#include <cstdint>

#include "setclickd/base/error.hpp"

namespace setclick::daemon {

/// What the ledger holds that was not delivered.
struct not_delivered {
    std::uint64_t refused = 0;  ///< lines and events, for good
    std::uint64_t held = 0;     ///< wait for a person
};

/// What is left when nothing can move any more.
struct once_end {
    bool has_unreadable = false;   ///< a file in work/ could not be read to its end
    bool waits_for_parks = false;  ///< events wait for a parked or paused account
    std::uint64_t refused_at_start = 0;
    not_delivered left{};
};

/// `io` before `try_later` before `partly`: the first that holds. What is held counts whichever run
/// held it; what was refused counts for this run only.
exit_code exit_code_of(once_end const& end) noexcept;

/// Is it over? An event that is between two threads is in neither's books: only several looks in a
/// row that find nothing to do are believed.
class once_rule {
public:
    static constexpr int idle_looks_needed = 3;
    /// One look, 100 ms after the last one. True: over.
    bool is_over(bool intake_idle, bool delivery_idle) noexcept;

private:
    int idle_looks_ = 0;  // in a row
};

}  // namespace setclick::daemon
