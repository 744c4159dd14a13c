// Settle, then claim: the transaction that runs a hundred times a second.
#pragma once

#include <cstdint>
#include <vector>

#include "setclickd/ledger/types.hpp"
#include "tables.hpp"

namespace setclick::ledger {

/// Inside a transaction. `run`: the start that claims.
class cycle_run {
public:
    cycle_run(tables& t, std::uint64_t run, cycle_request const& request)
        : t_(t), run_(run), request_(request), now_(to_ms(request.now)) {}

    cycle_result run();

private:
    void settle_delivered(std::vector<delivered_events>& out);
    void settle(settlement const& s, std::vector<delivered_events>& out);
    /// Counters of account and file; the span is the caller's.
    void count_move(std::uint64_t id, event_state from, event_state to);

    tables& t_;
    std::uint64_t run_;
    cycle_request const& request_;
    std::int64_t now_;
};

}  // namespace setclick::ledger
