// The part of pruning that goes by files: finished ones whose time in done/ is over, and what is
// known of files that nothing refers to any more.
//
// Keeps true: a file is forgotten after its events' receipts, and after it has left done/; what was
// named as expired and nobody reported as removed is named again.
#pragma once

#include <cstdint>
#include <optional>

#include "tables.hpp"

namespace setclick::ledger {

class file_pruner {
public:
    explicit file_pruner(tables& t) : t_(t) {}

    /// Begins with the first file, as another day does.
    void begin() noexcept;
    /// The next stage begins with the first file.
    void next_stage() noexcept { after_ = 0; }
    /// Names expired files; true when all were looked at. `today`: of the ledger's age.
    bool expiry(std::int64_t today, retention const& keep, prune_slice& out);
    bool files(std::int64_t today, retention const& keep, prune_slice& out);

private:
    tables& t_;
    std::uint64_t after_ = 0;
    /// Of the files in done/, as far as `expiry` has come.
    std::optional<std::int64_t> oldest_kept_;
};

}  // namespace setclick::ledger
