// What a start does with what an earlier run left: claims without an end are in doubt, what is
// known of faults of the daemon's own is brought up to date.
#pragma once

#include <cstdint>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "tables.hpp"

namespace setclick::ledger {

/// Inside a transaction. `run`: this start.
class crash_recovery {
public:
    crash_recovery(tables& t, std::uint64_t run, wall_time now)
        : t_(t), run_(run), now_(to_ms(now)) {}

    /// Which lines ended the daemon so often that they are not to be read again. Once a start.
    std::vector<reading_place> note_end(last_end const& end);
    /// Ends every claim of another run.
    void end_claims(last_end const& end, recovery& out);

private:
    void end_claim(span_row const& claim, bool crashed, recovery& out);

    tables& t_;
    std::uint64_t run_;
    std::int64_t now_;
};

}  // namespace setclick::ledger
