// The times of a node's lease, and when another node's lease is taken for ended. Pure.
//
// A node beats (counts a number in its row up) every `every`. It may send until `length` after the moment
// before the request of its last acknowledged beat, on its own boot clock: that one goes on in a suspend and
// while the process is stopped, and nobody can set it. Who watches deposes a node when it has itself seen
// the same beat for `patience`, over one unbroken connection: no clock of another machine counts, and after a
// restart of the server everybody has the time to come back.
// `length` + what a kernel still delivers of a stopped process (TCP_USER_TIMEOUT, 5 s) is less than
// `patience`: when the others begin, the last byte of a hung node has left or never will.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "setclickd/base/time.hpp"

namespace setclick::ledger {

/// CLOCK_BOOTTIME: since the machine's start, suspends included.
struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;
};
using boot_time = boot_clock::time_point;

class own_lease {
public:
    static constexpr milliseconds every{3'000};
    static constexpr milliseconds length{13'000};
    /// No request begins so shortly before the end.
    static constexpr milliseconds margin{1'000};

    own_lease() = default;
    explicit own_lease(boot_time ends) noexcept : ends_(ends) {}

    /// The beat that was asked for at `asked` is durable.
    void beaten(boot_time asked) noexcept { ends_ = std::max(ends_, asked + length); }
    bool may_begin(boot_time now) const noexcept { return now < ends_ - margin; }
    /// Whatever is still on its way is to be broken off.
    bool is_over(boot_time now) const noexcept { return now >= ends_; }
    boot_time ends() const noexcept { return ends_; }

private:
    boot_time ends_{margin};
};

/// A node's beat as a look at the ledger found it.
struct node_beat {
    std::int64_t node = 0;
    std::int64_t epoch = 0;
    std::int64_t beat = 0;
    bool stopped = false;

    friend bool operator==(node_beat const&, node_beat const&) = default;
};

class beat_watch {
public:
    static constexpr milliseconds patience{20'000};

    /// The connection broke: what was seen before proves nothing any more.
    void broke() noexcept { seen_.clear(); }
    /// What a look that was sent at `asked` and answered at `got` found of the other nodes. Returns those
    /// that are to be deposed, as they were seen.
    std::vector<node_beat> saw(std::span<node_beat const> others, boot_time asked, boot_time got);

private:
    struct first_look {
        node_beat is;
        boot_time since{};  ///< the answer that brought it first
    };
    std::map<std::int64_t, first_look> seen_;  // by node
};

/// Whether a node that starts may go on with its identity at once, or another process may still use it.
struct start_facts {
    bool stopped = false;         ///< its row: ended cleanly, or deposed
    bool is_same_boot = false;    ///< of the machine, since the spool was used last
    bool is_same_folder = false;  ///< and the spool is no copy
    bool is_own_epoch = false;    ///< the row's last epoch is that of the spool's last run
};
/// The spool's lock proves then that the process before is dead.
constexpr bool may_start_at_once(start_facts const& f) noexcept {
    return f.stopped || (f.is_same_boot && f.is_same_folder && f.is_own_epoch);
}

}  // namespace setclick::ledger
