// The log lines of dispatch: what began, what ended and what lasts, each once and not once an event.
//
// Never: a decision, a token, an e-mail or a `settings` value.
#pragma once

#include <cstdint>
#include <string_view>

#include "account.hpp"
#include "setclickd/delivery/decision.hpp"
#include "setclickd/delivery/deliver_status.hpp"
#include "setclickd/delivery/endpoint_control.hpp"
#include "setclickd/delivery/next_wake.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::dispatch {

class delivery_log {
public:
    /// A line for each attempt, with log.level = "debug"; for the first rejected ones of a minute at
    /// "warn".
    void attempt(account const& a, ledger::claimed_event const& event, net::exchange_end const& end,
                 delivery::decision const& d);
    /// Trouble that began or ended, a rate that was learnt.
    void decision(account& a, delivery::decision const& d, std::string_view detail,
                  steady_time now);
    /// A field that asks for a wait, and not in a way that can be read: once an account and field.
    static void unread_wait(account& a, delivery::attempt_outcome const& outcome);
    /// Reports probe the account in its events' place: once a park.
    static void asked_by_report(account& a);
    /// The account is parked (or paused), or open again.
    static void park(account const& a);
    static void still_parked(account const& a, std::uint64_t waiting);
    /// Accounts whose trouble has ended and stayed away for a while.
    static void recovered(account_registry const& accounts, steady_time now);
    static void endpoint(delivery::endpoint_change change, delivery::park const& park);
    static void endpoint_still_parked(delivery::park const& park);

    /// The first of a minute; the minute's line counts them all. Before it is counted.
    void in_doubt(account const& a, delivery::decision const& d,
                  delivery::attempt_outcome const& outcome,
                  delivery::delivery_totals const& totals) const;
    /// A minute has passed.
    void minute(delivery::delivery_totals const& totals) noexcept {
        in_doubt_at_minute_ = totals.in_doubt;
        rejected_lines_ = 0;
    }

    void unreachable(steady_time now, net::open_failure const& failure, steady_time next_try);
    void reachable(steady_time now);
    /// There is no room, or another program locks it.
    void ledger_is_not_written(steady_time now, error const& why);
    void ledger_is_written(steady_time now);
    /// Held events since the last line: nothing else happens to them.
    void held(delivery::delivery_totals const& totals);

private:
    telemetry::log_limiter reach_;
    telemetry::log_limiter disk_;
    std::uint64_t held_logged_ = 0;
    std::uint64_t in_doubt_at_minute_ = 0;
    std::uint32_t rejected_lines_ = 0;  // in this minute
};

}  // namespace setclick::dispatch
