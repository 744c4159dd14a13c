// What dispatch keeps for each account beside what `delivery` knows of it, and all accounts by
// number.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ready_queue.hpp"
#include "setclickd/api/token_end.hpp"
#include "setclickd/delivery/account_flow.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::dispatch {

/// What the log was told of an account lately.
struct account_log_state {
    telemetry::log_limiter trouble;
    steady_time rate_logged = steady_time::min();
    std::vector<std::string_view> unread_waits;  ///< the fields that were logged as unreadable
    bool is_asked_by_report = false;             ///< logged for this park
    steady_time well_since = never;  ///< trouble has ended, and the log does not know yet
};

struct account {
    account(account_setup s, delivery::account_flow& f)
        : setup(std::move(s)), flow(f), token_end(api::token_end(setup.token)) {}

    /// Another node's, where several share the ledger, or nobody's.
    bool is_elsewhere() const noexcept { return flow.seat == delivery::account_seat::elsewhere; }

    account_setup setup;
    delivery::account_flow& flow;
    ready_queue queue;  ///< claimed, not begun: as many as the send turn counts
    delivery::throughput lately;
    std::optional<wall_time> token_end;  ///< as the token itself names it
    milliseconds rate_waited{0};  ///< events waited for nothing but the rate, as the watch saw it
    account_log_state logged;
    /// Rejected events of a suspect account that a person wants sent again: until the ledger has
    /// returned them, the account's note there still names them.
    std::vector<event_no> to_return;
};

/// Accounts by their number. Never: an account that goes away while the daemon runs.
class account_registry {
public:
    account* find(account_no no) const noexcept {
        auto const i = static_cast<std::size_t>(no);
        return i < by_number_.size() ? by_number_[i].get() : nullptr;
    }
    account& add(account_setup setup, delivery::account_flow& flow) {
        auto const i = static_cast<std::size_t>(setup.no);
        if (by_number_.size() <= i) by_number_.resize(i + 1);
        by_number_[i] = std::make_unique<account>(std::move(setup), flow);
        all_.push_back(by_number_[i].get());
        return *by_number_[i];
    }
    std::vector<account*> const& all() const noexcept { return all_; }

private:
    std::vector<std::unique_ptr<account>> by_number_;  // empty slots for unknown ones
    std::vector<account*> all_;
};

}  // namespace setclick::dispatch
