// Adopts a restored or foreign ledger, a slice of events at a time: what is not final may have been
// received since, and is in doubt.
#pragma once

#include <cstdint>
#include <string>

#include "setclickd/ledger/maintenance.hpp"
#include "tables.hpp"

namespace setclick::ledger {

class adoption_run {
public:
    adoption_run(tables& t, adoption const& how, wall_time now)
        : t_(t), how_(how), now_(to_ms(now)) {}

    /// Inside a transaction; how far it came is in the ledger, so that one that was interrupted
    /// goes on. False when nothing is left. `report` counts up.
    bool slice(adoption_report& report);

private:
    event_state doubt(std::uint64_t first, std::uint64_t last, event_state state, bool failed,
                      adoption_report& report);
    doubt_policy policy_of(std::string const& account) const;

    tables& t_;
    adoption const& how_;
    std::int64_t now_;
};

}  // namespace setclick::ledger
