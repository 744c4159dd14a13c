// One call of ledger::store::import: new files and chunks of files, with the files they belong to.
#pragma once

#include <vector>

#include "setclickd/ledger/types.hpp"
#include "spool_file.hpp"

namespace setclick::intake {

struct import_call {
    /// Files to be added; their first chunks below name them by index.
    std::vector<ledger::claimed_file> new_files;
    std::vector<spool_file*> new_owners;
    std::vector<ledger::import_chunk> chunks;
    std::vector<spool_file*> owners;  ///< of the chunks

    bool is_empty() const noexcept { return new_files.empty() && chunks.empty(); }
    /// The memory stays.
    void clear() noexcept {
        new_files.clear();
        new_owners.clear();
        owners.clear();
        chunks.clear();
    }
};

}  // namespace setclick::intake
