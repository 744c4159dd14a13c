// What is configured for one account's delivery, with the defaults.
#pragma once

#include <optional>
#include <vector>

#include "setclickd/base/doubt_policy.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/delivery/backoff.hpp"
#include "setclickd/delivery/gate.hpp"
#include "setclickd/delivery/park.hpp"

namespace setclick::delivery {

struct account_settings {
    gate_settings gate;
    backoff_settings retry;
    milliseconds max_age{
        std::chrono::hours{24 * 7}};  ///< of an event's own failures; then it is held
    doubt_policy in_doubt = doubt_policy::resend;
    /// Statuses from 400 on that may follow a booking. Unset: those of the table of answers
    /// (api/answers.hpp). Never 429, whatever is listed.
    std::optional<std::vector<int>> in_doubt_statuses;
    int max_in_doubt = 3;  ///< how often an answer that cannot be read may put one event in doubt
    int window_cap = 64;   ///< the account's share of the connections at most
    probe_settings probes;
    int suspect_after = 20;             ///< refused events in a row
    int unavailable_after = 6;          ///< rounds of trouble until the breaker opens, and
    milliseconds unavailable_for{30s};  ///< how long it must have lasted by then
    milliseconds refresh_wait{60s};     ///< for a new credential after a 401, at most
};

}  // namespace setclick::delivery
