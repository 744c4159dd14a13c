// A node's life among those that share a ledger in PostgreSQL: whether it may send, who else lives, and what
// wakes it.
//
// Runs a thread and a connection of its own: it beats every 3 s, deposes nodes whose beat it saw stand still
// for 20 s, and carries wake-ups (NOTIFY, never in a transaction of the ledger, at most ten a second; the
// poll each second is the truth). The times, and why they keep two nodes from sending for one account:
// core/lease_rule.hpp.
//
// Promises: `may_send` is true only while no other node can have taken over; an unknown outcome of a beat is
// no beat. Never: touches accounts or events.
//
// Threads: one owner; `may_send`, `left`, `beat_took`, `tell` and `be_willing` from any. The hooks are called on the
// lease's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/place.hpp"

namespace setclick::ledger {

/// What the spool knows of this node's last life.
struct node_start {
    bool is_same_boot = false;    ///< of the machine, since then
    bool is_same_folder = false;  ///< the spool is no copy
    std::int64_t epoch = 0;       ///< of that life; 0: none
};

/// A block of the endpoint's common slots, by the server's clock.
struct leased_slots {
    std::int64_t first_us = 0;
    std::int64_t now_us = 0;
    int count = 0;
};

struct lease_hooks {
    /// Another node took this one for dead, or another process lives under its identity. Once; nothing may
    /// be sent from then on.
    std::function<void(error)> lost;
    /// These accounts got events; empty: nodes came or went, or this one may send again. Time to poll.
    std::function<void(std::vector<account_no>)> news;
    /// The answer to `take_slots`; none where it failed.
    std::function<void(std::optional<leased_slots>)> slots;
};

class lease {
public:
    /// `where`: a ledger in PostgreSQL that exists. Does not connect.
    static std::unique_ptr<lease> of(place const& where);

    lease() = default;
    lease(lease const&) = delete;
    lease& operator=(lease const&) = delete;
    virtual ~lease() = default;

    /// Before the node begins an epoch: nobody else lives under its identity. Blocks, for 20 s where the
    /// process before may still live elsewhere; `waiting` is called each second then. `busy` where another
    /// one does live; `unreachable` where PostgreSQL is away.
    virtual result<void> wait_until_free(node_start const& last,
                                         std::function<void()> const& waiting) = 0;
    /// The node has begun this epoch: beats from now on.
    virtual void begin(std::int64_t epoch, lease_hooks hooks) = 0;

    /// A request may begin now.
    virtual bool may_send() const noexcept = 0;
    /// How long until whatever is on its way must be broken off; zero when that is now.
    virtual milliseconds left() const noexcept = 0;
    /// The last acknowledged beat, to the server and back; zero before the first.
    virtual milliseconds beat_took() const noexcept = 0;

    /// Accounts that this node can send for, sorted: the others see it with the next beat.
    virtual void be_willing(std::vector<account_no> accounts) = 0;
    /// These accounts of other nodes got events; empty: accounts came free.
    virtual void tell(std::vector<account_no> const& accounts) = 0;

    /// So many slots, for which the common row goes on by `step_us`; answered by the hook, durable then.
    virtual void take_slots(int count, std::int64_t step_us) = 0;

    /// Nothing is on its way any more: the others may take over at once. The last call.
    virtual void end() = 0;
};

}  // namespace setclick::ledger
