// Waits until files that were dropped are final: each event delivered, rejected, refused or discarded.
//
// Promises: knows a file by its inode and by when it was taken, not by its name alone: file systems
// give the number of a removed file to the next one; ends with a signal or after a time without
// taking anything back: what was dropped is delivered all the same. Never: writes to the ledger, or
// asks the daemon.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::cli {

struct dropped_file {
    std::string name;  ///< in the spool
    std::uint64_t inode = 0;
    wall_time dropped_at{};
};

/// What became of the files so far.
struct final_counts {
    std::uint64_t delivered = 0;
    std::uint64_t duplicates = 0;     ///< known already, so not sent again
    std::uint64_t not_delivered = 0;  ///< rejected, refused, discarded
    std::uint64_t files_left = 0;     ///< not final yet

    void add(ledger::file_info const& file) noexcept;
    bool is_well() const noexcept { return files_left == 0 && not_delivered == 0; }
};

struct wait_hooks {
    /// Every file that came under this name, newest first; empty where the ledger is not there yet.
    std::function<result<std::vector<ledger::file_info>>(std::string const& name)> files_named;
    std::function<bool(milliseconds)> sleep;  ///< false: stop waiting
    std::function<void(final_counts const&)> on_change;
};

/// `at_most`: zero for ever. Errors are those of the ledger. `files_left` is above 0 where it was
/// stopped or the time was over.
result<final_counts> wait_until_final(std::vector<dropped_file> const& files, milliseconds at_most,
                                      wait_hooks const& hooks);

}  // namespace setclick::cli
