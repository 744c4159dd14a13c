// What a start does with what an earlier run left: claims without an end are in doubt, what is
// known of faults of the daemon's own is brought up to date.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "tables.hpp"

namespace setclick::ledger {

/// Inside a transaction.
class crash_recovery {
public:
    crash_recovery(tables& t, wall_time now) : t_(t), now_(to_ms(now)) {}

    /// Which lines ended the daemon so often that they are not to be read again. Once a start.
    std::vector<reading_place> note_end(last_end const& end);
    /// Ends these claims of another run; counts what became of them in a `recovery` or `taken_accounts`.
    /// `crashed`: by a fault of the program's own, in which they may have had a part.
    template <class Counts>
    void end_claims(std::vector<span_row> const& claims, bool crashed, Counts& out) {
        for (auto const& claim : claims)
            end_claim(claim, crashed, {out.in_doubt, out.resent, out.held, out.in_doubt_of});
        finish();
    }

private:
    struct counts {
        std::uint64_t& in_doubt;
        std::uint64_t& resent;
        std::uint64_t& held;
        std::vector<std::pair<account_no, std::uint64_t>>& in_doubt_of;
    };
    void end_claim(span_row const& claim, bool crashed, counts out);
    void finish();

    tables& t_;
    std::int64_t now_;
};

}  // namespace setclick::ledger
