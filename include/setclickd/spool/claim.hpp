// incoming/ → work/: a round of names becomes a round of files that are ours.
//
// For each name: open (no link followed, nothing that blocks), look, check, rename to a unique name
// in work/. Then one fsync of work/ and one of incoming/ for the whole round: only a durable rename
// may be recorded in the ledger. The file stays open, so that its content is read without a second
// open.
//
// What is not taken stays untouched in incoming/: not yet quiet, or left alone with a reason.
// Six system calls a file with its later reading and closing; blocking, so never on a network
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/left_alone.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/spool/scan.hpp"
#include "setclickd/spool/wholeness.hpp"

namespace setclick::spool {

struct claim_options {
    std::uint64_t run =
        0;  ///< the ledger's start counter: makes names in work/ unique over restarts
    milliseconds settle{2000};                        ///< 0 = take at once
    std::uint64_t max_file = std::uint64_t{4} << 30;  ///< bytes; larger files are left
    std::uint64_t after =
        0;  ///< the last sequence that a name in work/ had in this run: none is given twice
    milliseconds patience{120'000};  ///< for a file that ends inside a line or a JSON text
    text_names text_tables{};        ///< which .txt are taken; null: none
};

struct claimed {
    std::string name;  ///< as the producer named it
    std::string work_name;
    unique_fd fd;  ///< open for reading, at any position
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
};

struct claim_round {
    std::vector<claimed> files;  ///< durably in work/
    std::vector<left_file> left;
    std::vector<candidate> unquiet;  ///< to be asked again
    /// What ended the round early (disk full, no descriptors left); the names after it were not
    /// looked at. Try later.
    std::optional<error> trouble;
};

/// Makes the claims durable, those too that an earlier run made and may not have synced. A failure
/// is final.
result<void> sync_claims(directory const& spool);

class claimer {
public:
    claimer(directory const& spool, claim_options const& options);

    /// An error is fatal: an fsync failed, nobody knows what is on disk. A round that only could
    /// not take all of it is a result with `trouble`.
    result<claim_round> claim(std::span<candidate> names, steady_time now);
    /// For `claim_options::after` of the next one in the same run.
    std::uint64_t last_sequence() const noexcept { return sequence_; }

private:
    enum class step { go_on, stop };
    step look_at(candidate& c, steady_time now, claim_round& round);
    step judge(candidate& c, claimed file, file_look const& look, steady_time now,
               claim_round& round);
    step take(candidate& c, claimed file, claim_round& round);
    bool take_what_was_moved(claimed& file) const;
    void give_back(candidate& c, claimed const& file, claim_round& round);
    void leave(candidate& c, left_reason reason, std::uint64_t inode, std::string why,
               claim_round& round);
    step cannot_open(candidate& c, int value, claim_round& round);

    directory const* spool_;
    claim_options options_;
    quiet_clock quiet_;
    std::uint64_t sequence_;
};

}  // namespace setclick::spool
