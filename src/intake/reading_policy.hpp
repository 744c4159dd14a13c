// How much is read for the ledger's next call: one giant file never holds up a small one.
//
// Decides, and nothing else: `now` and the number of accounts are arguments. While new files come,
// a large one stands back: it is read in small chunks, one on its way at a time, so that a new file
// waits for one short call at most; after `most_calls_without_turn` calls it has its turn all the
// same. A file that comes alone stands back for nobody. Each account in a chunk costs the ledger
// pages of its own, so files that mix many accounts are read in larger portions.
#pragma once

#include <cstddef>

#include "chunk_limits.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::intake {

class reading_policy {
public:
    static constexpr milliseconds new_files_come_for{1000};
    static constexpr unsigned most_calls_without_turn = 4;
    static constexpr chunk_limits beside_new_files{128, std::size_t{48} << 10};

    /// New files were claimed; `others_wait`: files are being read already.
    void files_came(steady_time now, bool others_wait) noexcept {
        if (others_wait) came_at_ = now;
    }

    /// Whether the files that are being read already have a turn in the call that is made up now.
    /// `new_in_call`: it has new files; `under_way`: another call is.
    bool may_read_on(steady_time now, bool new_in_call, bool under_way) const noexcept;
    /// The call has something to do and goes to the ledger.
    void call_made(steady_time now, bool new_in_call, bool under_way) noexcept;

    /// For one call's reading on, all files together.
    chunk_limits limits(steady_time now, std::size_t accounts) const noexcept;

private:
    bool new_files_come(steady_time now) const noexcept {
        return came_at_ != never && now < came_at_ + new_files_come_for;
    }
    bool stands_back(steady_time now, bool new_in_call, bool under_way) const noexcept {
        return new_files_come(now) && (new_in_call || under_way);
    }

    steady_time came_at_ = never;
    unsigned calls_without_turn_ = 0;
};

}  // namespace setclick::intake
