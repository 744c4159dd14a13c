// Whether the service manager's watchdog is fed: by progress, or because the kernel still works on
// what a thread asked of the disk. Pure: `now` is an argument; no thread.
//
// Promises: each feeding needs, of the ledger's thread and of the intake's (while there is one),
// either progress since the feeding before, or a call of the file system in which it stands now, or a
// server of the ledger that is away.
// Such a call counts for `longest_disk_wait` without progress and no longer. Who calls it proves
// that the main thread runs.
#pragma once

#include <cstdint>
#include <optional>

#include "setclickd/base/time.hpp"

namespace setclick::daemon {

class watchdog_rule {
public:
    /// A disk that has not answered for this long will not: the service manager may try another
    /// start.
    static constexpr milliseconds longest_disk_wait{std::chrono::minutes{10}};

    struct facts {
        /// How many steps the intake has taken so far; nothing where it does not run.
        std::optional<std::uint64_t> intake_steps;
        bool ledger_in_disk_call = false;
        bool intake_in_disk_call = false;
        /// Events wait that nothing would ever wake; see dispatcher::is_stuck.
        bool delivery_is_stuck = false;
        /// How often the ledger's thread has tried to reach a server so far: as good as an answer of it.
        std::uint64_t ledger_tries = 0;
        /// It waits for one that it could not reach.
        bool is_server_away = false;
    };
    struct decision {
        bool feed = false;
        bool ask_ledger = false;  ///< its thread has answered the last question, or was never asked
    };
    decision look(facts const& seen, steady_time now) noexcept;
    /// The ledger's thread has answered what was asked.
    void ledger_answered() noexcept { is_asked_ = false; }

private:
    std::uint64_t last_steps_ = 0;
    std::uint64_t last_tries_ = 0;
    bool is_asked_ = false;
    steady_time ledger_moved_ = never;  // at the look that found its last progress
    steady_time intake_moved_ = never;
};

}  // namespace setclick::daemon
