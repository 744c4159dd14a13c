// The answers that are not settled: what the next transaction writes down.
//
// Keeps true: each event that was claimed and has ended is here once, as delivered at its first
// attempt (one number), or as a settlement with its receipt. Until it is taken, an answer of a
// connection on which bytes arrived that nobody asked for is turned into one that never came.
// Never: the ledger; when a group is due (settle_timing).
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "account.hpp"
#include "flight_table.hpp"
#include "setclickd/delivery/deliver_status.hpp"
#include "setclickd/delivery/dispatch_control.hpp"
#include "setclickd/net/pool.hpp"

namespace setclick::dispatch {

class settle_group {
public:
    static constexpr std::uint64_t no_connection = std::numeric_limits<std::uint64_t>::max();

    settle_group(delivery::dispatch_control& control, delivery::delivery_totals& totals)
        : control_(control), totals_(totals) {}

    /// Delivered at its first attempt. The event stays with its batch until the group is taken.
    void delivered(flight const& f, std::uint64_t connection);
    /// Anything else; `connection`: that gave the answer.
    void add(account& a, ready_event const& event, ledger::settlement s,
             std::uint64_t connection = no_connection);
    /// Counts a decision for the totals.
    void count(delivery::decision const& d);
    /// The answers that this connection gave and that are not settled may have been another's:
    /// they count as answers that never came. So many.
    std::size_t doubt(std::uint64_t connection, account_registry const& accounts, wall_time now);
    /// A person wants these sent again before their refusal was written down.
    void settle_as_waiting(std::vector<event_no> const& events);

    bool empty() const noexcept { return delivered_.empty() && settlements_.empty(); }
    /// Hands all of it to a transaction.
    void take(ledger::cycle_request& into, steady_time now);

private:
    struct first_success {
        account* of = nullptr;
        std::uint64_t connection = 0;
        ready_event event;
    };
    struct settled_event {
        ledger::settlement what;
        std::uint64_t connection = no_connection;
    };

    void doubt_settlement(settled_event& s, doubt_policy policy, wall_time now);

    delivery::dispatch_control& control_;
    delivery::delivery_totals& totals_;
    std::vector<first_success> delivered_;
    std::vector<settled_event> settlements_;
};

}  // namespace setclick::dispatch
