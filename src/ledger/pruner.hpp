// One sweep over receipts, files and identities for each day of the ledger's age, slice by slice.
#pragma once

#include <map>
#include <string>

#include "sqlite_store.hpp"

namespace setclick::ledger {

class pruner {
public:
    explicit pruner(connection& db);

    /// A new day, or another retention, begins a new sweep.
    void begin(std::int64_t today, retention const& keep);
    prune_slice slice(sqlite_store& ledger, std::int64_t now);

private:
    enum class stage : std::uint8_t { receipts, files, identities, done };

    void receipts(sqlite_store& ledger, std::int64_t now, prune_slice& out);
    void files(sqlite_store& ledger, prune_slice& out);
    void identities(sqlite_store& ledger, prune_slice& out);
    void end_stage();
    bool all_final(sqlite_store& ledger, std::uint64_t first, std::uint64_t last);
    void forget_times(sqlite_store& ledger, std::uint64_t first, std::uint64_t last,
                      std::int64_t now);
    std::uint64_t bound(sqlite_store& ledger, account_no account, std::int64_t days);

    statement packs_;
    statement drop_pack_;
    statement drop_attempts_;
    statement files_;
    statement drop_refused_;
    statement drop_duplicates_;
    statement drop_file_;

    std::int64_t day_ = -1;
    std::uint32_t receipt_days_ = 0;
    std::uint32_t file_days_ = 0;
    stage stage_ = stage::receipts;
    std::uint64_t next_event_ = 0;
    std::string next_identity_;
    std::uint64_t after_file_ = 0;
    std::map<account_no, std::uint64_t> bounds_;  // of the present stage
};

}  // namespace setclick::ledger
