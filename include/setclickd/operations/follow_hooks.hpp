// What a person who gave a command through a ledger hears while it is carried out elsewhere.
#pragma once

#include <atomic>
#include <functional>
#include <string>

namespace setclick::operations {

struct follow_hooks {
    /// A sentence without its end: "waiting for node b (host1)".
    std::function<void(std::string const&)> waits{};
    /// Asked once something is waited for: when this becomes true the waiting ends, and what was given stays.
    std::function<std::atomic<bool> const&()> stop{};
};

}  // namespace setclick::operations
