// One sweep for each day of the ledger's own age, so that a clock that jumps prunes nothing; slice by
// slice: receipts, contents of delivered events, finished files in done/ (named here, removed by
// others), what is known of files, identities.
//
// Keeps true: the stages come in this order, and each ends before the next one begins. What a stage
// may take is its part's own to know: event_pruner, file_pruner.
#pragma once

#include <string>

#include "age_bounds.hpp"
#include "event_pruner.hpp"
#include "file_pruner.hpp"
#include "tables.hpp"

namespace setclick::ledger {

class pruner {
public:
    /// `window`: how long the identities of delivered events are kept.
    pruner(tables& t, milliseconds window);

    /// A new day, or another retention, begins a new sweep.
    void begin(std::int64_t today, retention const& keep);
    prune_slice slice(std::int64_t now);

private:
    enum class stage : std::uint8_t { receipts, bodies, expiry, files, identities, done };

    bool run(std::int64_t now, prune_slice& out);
    bool identities(prune_slice& out);
    void end_stage();

    tables& t_;
    milliseconds window_;
    age_bounds ages_;  // of the present stage
    event_pruner events_;
    file_pruner files_;
    std::string next_identity_;

    std::int64_t day_ = -1;
    retention keep_;
    stage stage_ = stage::receipts;
};

}  // namespace setclick::ledger
