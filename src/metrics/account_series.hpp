// What is exported of each account that has series of its own, and of all others together.
//
// How others are put together is the meaning of each number: counts are added up, of ages the highest
// holds, of times at which something is due the earliest, of verdicts the worst.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/metrics/own_accounts.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::metrics {

/// Prometheus' unit of time: seconds since 1970.
inline double seconds_of(wall_time t) {
    return static_cast<double>(to_ms(t)) / 1000;
}

/// Of the last comparison with the report.
struct verdict {
    bool agrees = true;
    double differs_by = 0;  ///< events: missing, surplus and ambiguous
    double at_seconds = 0;
};

struct account_series {
    std::string label;
    // how often an event came into it, since the ledger began
    double delivered = 0;
    double rejected = 0;
    double duplicate = 0;
    double discarded = 0;
    double in_doubt_ever = 0;
    // now
    double waiting = 0;
    double in_flight = 0;
    double deferred = 0;
    double in_doubt = 0;
    double held = 0;
    double oldest_waiting_seconds = 0;
    std::optional<double> last_success_seconds;
    double rate_waited_seconds = 0;
    std::optional<double> permits;
    std::optional<double> rate_per_minute;
    std::optional<double> configured_per_minute;
    std::map<std::string, double> parked;  ///< by the reason
    std::optional<double> file_token_end_seconds;
    std::optional<double> login_token_end_seconds;
    std::optional<verdict> reconciled;
};

/// Those of their own by the order of the ledger, then "other", which is always there.
std::vector<account_series> series_of(status_model::status_report const& report,
                                      own_accounts const& own);

}  // namespace setclick::metrics
