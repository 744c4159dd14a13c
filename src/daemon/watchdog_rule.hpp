// Whether the service manager's watchdog is fed: by progress only. Pure: no clock, no thread.
//
// Promises: each feeding needs, since the one before, an answer of the ledger's thread and a step
// of the intake's thread (while there is one). Who calls it proves that the main thread runs.
#pragma once

#include <cstdint>
#include <optional>

namespace setclick::daemon {

class watchdog_rule {
public:
    /// One look. `intake_steps`: how many steps the intake has taken so far; nothing where it does
    /// not run (not yet, or no more). True: feed, and ask the ledger anew.
    bool look(std::optional<std::uint64_t> intake_steps) noexcept;
    /// The ledger's thread has answered what was asked after the last feeding.
    void ledger_answered() noexcept { ledger_answered_ = true; }

private:
    std::uint64_t last_steps_ = 0;
    bool ledger_answered_ = true;
};

}  // namespace setclick::daemon
