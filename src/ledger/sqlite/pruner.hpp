// One sweep for each day of the ledger's own age, so that a clock that jumps prunes nothing; slice by
// slice: receipts, contents of delivered
// events, finished files in done/ (named here, removed by others), what is known of files,
// identities.
#pragma once

#include <map>
#include <string>

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

    void receipts(std::int64_t now, prune_slice& out);
    void bodies(prune_slice& out);
    void expiry(prune_slice& out);
    void files(prune_slice& out);
    void identities(prune_slice& out);
    void end_stage();
    bool all_final(std::uint64_t first, std::uint64_t last);
    void forget_times(std::uint64_t first, std::uint64_t last, std::int64_t now);
    std::uint64_t bound(account_no account, std::int64_t days);

    /// The part of an account's events that a stage has still to look at; nothing when it is
    /// through with all accounts.
    struct stretch {
        std::uint64_t from = 0;
        std::uint64_t end = 0;  ///< after the last one that is old enough
    };
    std::optional<stretch> next_stretch(std::uint32_t days);
    void next_account() noexcept;

    tables& t_;
    milliseconds window_;
    statement packs_;
    statement drop_pack_;
    statement drop_attempts_;
    statement bodies_;
    statement names_;
    statement expire_;
    statement files_;
    statement drop_refused_;
    statement drop_duplicates_;
    statement drop_file_;

    std::int64_t day_ = -1;
    retention keep_;
    stage stage_ = stage::receipts;
    std::uint64_t next_event_ = 0;
    std::string next_identity_;
    std::uint64_t after_file_ = 0;
    std::optional<std::int64_t>
        oldest_kept_;  // of the files in done/, as far as the stage has come
    std::map<account_no, std::uint64_t> bounds_;  // of the present stage
};

}  // namespace setclick::ledger
