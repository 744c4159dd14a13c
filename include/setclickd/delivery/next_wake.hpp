// What is waited for, and until when: the one place that computes it, from the whole state.
//
// Each wait has a reason with a name. Reasons are of three kinds:
//   time      ends by itself; `until` is finite
//   under way something is on its way whose end is reported: an answer, a commit, a connection
//   outside   somebody must act: a person, whoever writes the credential, whoever makes room
// The invariant: wherever events are ready or due and nothing is on its way there is a finite
// `until`, or a reason from outside. What breaks it is `forgotten`: nothing would ever happen. It is
// never waited for; whoever finds it wakes everything and reports it as a fault of the program.
//
// Pure: the clocks are arguments.
#pragma once

#include <cstdint>

#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::delivery {

class dispatch_control;
struct account_flow;

enum class wait_reason : std::uint8_t {
    nothing,  ///< nothing waits: new events are reported by the import
    // time
    deferral,  ///< of a deferred event
    rate,      ///< of the account, or of the endpoint
    retry,     ///< the next try or probe after trouble, a park, a refresh of the credential
    reach,     ///< the next try to open a connection
    claim,     ///< a batch of claims gathers
    settle,    ///< a group of answers fills
    disk,      ///< a full disk is tried again
    read,      ///< a read that stands at a gate is forgotten
    note,      ///< a gate or a park is to be written down
    send,      ///< something may be sent now
    // under way
    answer,      ///< an attempt is on the wire
    others,      ///< events that are claimed go first; their own waits have an end
    ledger,      ///< a transaction is being committed
    connection,  ///< a connection is being opened, or is free and has been told
    // outside
    person,      ///< paused, suspect, or no longer configured
    credential,  ///< no usable token
    // never
    forgotten,  ///< the invariant is broken
};

/// "rate", "person", …: for `status` and the log.
char const* name_of(wait_reason why) noexcept;
bool is_under_way(wait_reason why) noexcept;
bool is_outside(wait_reason why) noexcept;

struct wait {
    wait_reason why = wait_reason::nothing;
    steady_time until = never;

    friend bool operator==(wait const&, wait const&) = default;
};
/// The one that ends first; of those without a time a forgotten one, then any that is a reason.
wait sooner(wait const& a, wait const& b) noexcept;

/// Connections as the pool counts them.
struct connection_view {
    std::size_t opening = 0;
    std::size_t idle = 0;
    std::size_t busy = 0;

    std::size_t open() const noexcept { return idle + busy; }
    std::size_t all() const noexcept { return opening + idle + busy; }
};

/// What this account's events wait for.
wait wait_of(dispatch_control const& all, account_flow const& a, connection_view pool,
             steady_time now, wall_time wall_now) noexcept;
/// What everything together waits for.
wait next_wake(dispatch_control const& all, connection_view pool, steady_time now,
               wall_time wall_now) noexcept;

}  // namespace setclick::delivery
