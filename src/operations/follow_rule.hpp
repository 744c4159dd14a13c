// How long whoever gave commands through a ledger waits for them, and what is said meanwhile. Pure.
//
// A node that died is followed by another within 25 s, so nothing at all has to happen for longer than that
// before nobody is expected to carry a command out soon. It stays given all the same.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/commands.hpp"

namespace setclick::operations {

/// One command as a look shows it.
struct followed {
    std::int64_t id = 0;
    account_no account{};
    ledger::command_carrier by{};
    bool is_done = false;
    std::string progress{};
};

class follow_rule {
public:
    /// Until a person is told whom is waited for.
    static constexpr milliseconds patience{2'000};
    /// Without a change of anything.
    static constexpr milliseconds longest_still{60'000};
    /// Where no node lives as far as the ledger knows.
    static constexpr milliseconds longest_without_node{5'000};

    explicit follow_rule(steady_time begun) noexcept : begun_(begun), changed_(begun) {}

    struct decision {
        enum class kind : std::uint8_t { wait, done, give_up } is = kind::wait;
        /// To be named now: those that have not been named yet; 0: whoever takes the account.
        std::vector<int> waits_for{};
    };
    decision looked(steady_time now, std::span<followed const> all);
    /// Until the next look.
    milliseconds pause(steady_time now) const noexcept;

private:
    steady_time begun_;
    steady_time changed_;
    std::string last_;
    std::vector<int> named_;
};

}  // namespace setclick::operations
