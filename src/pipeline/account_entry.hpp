// What deliver keeps for each account.
#pragma once

#include "flights.hpp"
#include "setclickd/pipeline/deliver.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::pipeline {

struct account_entry {
    account_entry(account_setup s, std::uint64_t seed)
        : setup(std::move(s)), control(setup.control, seed) {}

    account_setup setup;
    delivery::account_control control;
    ready_queue queue;
    delivery::throughput lately;
    std::uint64_t waiting = 0;  ///< in the ledger, claimable now
    std::uint64_t deferred = 0;
    wall_time next_due{};         ///< of the deferred ones; zero for none
    wall_time last_due{};         ///< the same
    std::uint64_t delivered = 0;  ///< since the last line in the log
    telemetry::log_limiter trouble_log;
    steady_time rate_said = steady_time::min();  ///< the last line about the rate
    steady_time well_since = never;  ///< trouble has ended, and the log does not know yet
    steady_time read_until =
        never;  ///< a read stands at the gate, and is forgotten then; never: none
    /// Rejected events of a suspect account that a person wants sent again: until the ledger has
    /// returned them, the account's note there still names them.
    std::vector<event_no> to_return;
    bool returning = false;  ///< the ledger is at it
    bool configured = true;
    bool in_turn = false;
    account_entry* next_in_turn = nullptr;

    bool can_send() const noexcept { return configured && setup.requests != nullptr; }
    /// As the ledger sees it when it is asked for them.
    bool is_due(wall_time now) const noexcept {
        return deferred > 0 &&
               (next_due <= now || last_due > ledger::latest_due(now, control.longest_deferral()));
    }
    bool has_claimable(wall_time now) const noexcept { return waiting > 0 || is_due(now); }
};

struct deliver::flight {
    account_entry* account = nullptr;
    ready_event event;
    steady_time begun{};
};

struct deliver::answered_event {
    event_no no;
    account_entry* account = nullptr;
    std::uint64_t connection = 0;
    ready_event event;
};

}  // namespace setclick::pipeline
