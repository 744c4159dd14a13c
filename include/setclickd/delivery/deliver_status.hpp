// What the delivery side knows right now, as plain data: for `status`, the log and the metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "setclickd/delivery/account_control.hpp"
#include "setclickd/delivery/daemon_figures.hpp"
#include "setclickd/delivery/member_status.hpp"
#include "setclickd/delivery/park.hpp"

namespace setclick::delivery {

struct account_delivery {
    std::string id;
    park parked;
    trouble_view trouble;
    double configured_per_minute = 0;
    double effective_per_minute = 0;
    std::string rate_why;
    milliseconds quiet_for{0};        ///< the server asked for no call for so long
    double delivered_per_minute = 0;  ///< lately
    int window = 0;
    int in_flight = 0;
    std::size_t ready = 0;  ///< claimed, not begun
    bool has_credential = true;
    std::string waits_for;           ///< the reason's name; see next_wake.hpp
    double rate_waited_seconds = 0;  ///< events waited for nothing but the rate, since the start
    int permits = 0;                 ///< calls that its gate would let pass now
    std::optional<wall_time> token_end;  ///< where the token names it, or the login did
};

/// Counted since the start.
struct delivery_totals {
    std::uint64_t attempts = 0;
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;
    std::uint64_t deferred = 0;
    std::uint64_t in_doubt = 0;
    std::uint64_t held = 0;
    wall_time last_success{};
};

struct deliver_status : delivery_totals {
    std::vector<account_delivery> accounts;
    park endpoint_parked;
    bool unreachable = false;
    std::string unreachable_why;
    bool disk_full = false;
    std::string ledger_locked;   ///< by whom, for a person; empty: by nobody
    std::string ledger_away;     ///< why its server cannot be worked with; empty: it can
    std::string intake_held_up;  ///< what keeps files from being taken or filed; empty: nothing
    /// Events wait and nothing would ever have happened: a fault of this program. They were woken.
    bool stalled = false;
    std::size_t connections_open = 0;
    std::size_t unsettled = 0;
    daemon_figures figures;
    std::optional<member_status> member;  ///< where nodes share the ledger
    /// `rate_waited_seconds` of accounts that a reload has taken out of the configuration, by their ids.
    std::vector<std::pair<std::string, double>> gone_rate_waited;
};

}  // namespace setclick::delivery
