// Puts events in flight: what is due first, then what waits, with the records to be sent.
#pragma once

#include <cstdint>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "tables.hpp"

namespace setclick::ledger {

class claimer {
public:
    explicit claimer(tables& t) : t_(t) {}

    /// Inside a transaction; reads the stored spans, so flush them before. `run`: the start that
    /// claims.
    batch claim(claim_wish const& wish, std::uint64_t run, wall_time now);

private:
    struct range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        event_state state = event_state::waiting;
        bool failed = false;
    };
    std::vector<range> choose(claim_wish const& wish, wall_time now);

    tables& t_;
};

}  // namespace setclick::ledger
