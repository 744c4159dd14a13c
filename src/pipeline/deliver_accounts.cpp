// Accounts come and go, their depths and their credentials change.
#include <boost/asio/post.hpp>

#include "account_entry.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::pipeline {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

void deliver::set_account(account_setup setup, ledger::account_info const& known,
                          std::uint64_t in_flight_at_crash) {
    auto const i = static_cast<std::size_t>(setup.no);
    auto const now = std::chrono::steady_clock::now();
    if (accounts_.size() <= i) accounts_.resize(i + 1);
    if (accounts_[i]) {
        auto& a = *accounts_[i];
        a.control.configure(now, setup.control);
        if (!setup.requests) {  // no usable token now: the old one stays
            setup.requests = a.setup.requests;
            setup.token = a.setup.token;
        }
        bool const has_other_token = !(setup.token == a.setup.token);
        a.setup = std::move(setup);
        a.configured = true;
        if (has_other_token) go_on_with_token(a, now);
    } else {
        // Jitter must differ between accounts and between runs.
        auto const seed = static_cast<std::uint64_t>(now.time_since_epoch().count()) + i;
        accounts_[i] = std::make_unique<account_entry>(std::move(setup), seed);
        auto& a = *accounts_[i];
        if (auto const state = delivery::account_state_from_text(known.state); state.has_value())
            a.control.load(*state, now, wall(now));
        else
            log_line(level::warn,
                     "the account's saved rate and park cannot be read; it starts anew",
                     {{"account", a.setup.id}, {"error", state.error().message}});
        for (std::uint64_t n = 0; n < in_flight_at_crash; ++n)
            a.control.gate().pass(now);
        if (known.counts[static_cast<std::size_t>(ledger::event_state::delivered)] > 0)
            a.control.was_well();
        // The token may have been mended while the daemon was down: one probe at each start.
        if (auto const park = a.control.visible_park(); park.is_on()) {
            if (park.reason == delivery::park_reason::unauthorised) a.control.wake(now);
            log_line(level::warn, "the account is still parked",
                     {{"account", a.setup.id},
                      {"reason", delivery::name_of(park.reason)},
                      {"since", wall_text(park.since)},
                      {"cure", delivery::cure(park.reason, a.setup.id)}});
        }
    }
    auto& a = *accounts_[i];
    know_depth(a, {a.setup.no, known.counts[static_cast<std::size_t>(ledger::event_state::waiting)],
                   known.counts[static_cast<std::size_t>(ledger::event_state::deferred)],
                   known.next_due, known.last_due});
    reconsider(a);
}

void deliver::remove_account(account_no no) {
    if (auto* const a = entry(no)) {
        a->configured = false;
        give_back(*a);
        claims_.set_wants(no, 0);
    }
}

void deliver::set_endpoint(delivery::endpoint_control_settings const& settings) {
    auto const now = std::chrono::steady_clock::now();
    endpoint_.configure(now, settings);
    if (pool_ != nullptr) schedule(now);
}

void deliver::load_endpoint(std::string_view note) {
    auto const now = std::chrono::steady_clock::now();
    auto const state = delivery::endpoint_state_from_text(note);
    if (state.has_error()) {
        log_line(level::warn, "the endpoint's saved rate and park cannot be read; it starts anew",
                 {{"error", state.error().message}});
        return;
    }
    endpoint_.load(*state, now, wall(now));
    if (auto const& park = endpoint_.parked(); park.is_on())
        log_line(level::warn, "the endpoint is still parked",
                 {{"reason", delivery::name_of(park.reason)},
                  {"since", wall_text(park.since)},
                  {"cure", delivery::cure(park.reason, "--endpoint")}});
}

void deliver::imported(std::vector<account_no> accounts) {
    asio::post(context_, [this, accounts = std::move(accounts)] {
        auto const now = std::chrono::steady_clock::now();
        for (auto const no : accounts)
            if (auto* const a = entry(no)) {
                a->waiting = std::max<std::uint64_t>(a->waiting, 1);
                refresh_wants(*a, now);
            }
        maybe_cycle(now);
        pool_->wake();
    });
}

void deliver::depths_changed(std::vector<ledger::queue_depth> const& depths) {
    for (auto const& d : depths)
        if (auto* const a = entry(d.account)) know_depth(*a, d);
    // Nothing else may happen for hours: what a person released goes out now.
    schedule(std::chrono::steady_clock::now());
}

/// Something about the account has changed that may let it send earlier than was thought: the wait
/// that it was put to no longer holds. Whatever changes an account's control from outside ends
/// here.
void deliver::reconsider(account_entry& a) {
    auto const now = std::chrono::steady_clock::now();
    if (a.control.dirty()) notes_due_ = true;
    claims_.ready(a.setup.no);
    refresh_wants(a, now);
    schedule(now);
}

// ---- credentials ----

void deliver::credential_refreshed(account_no no,
                                   std::shared_ptr<api::request_template const> requests,
                                   secret<std::string> token, std::string_view why_not) {
    auto* const a = entry(no);
    if (a == nullptr) return;
    auto const now = std::chrono::steady_clock::now();
    if (requests) {
        // Read again after a 401, it is mostly the same one: no news.
        bool const is_new = !(token == a->setup.token);
        a->setup.requests = std::move(requests);
        a->setup.token = std::move(token);
        a->control.credential_refreshed(now);
        if (is_new)
            log_line(level::info, "the account has a new token", {{"account", a->setup.id}});
    } else if (a->control.credential_refresh_failed(now, wall(now), why_not)) {
        say_park(*a);
        give_back(*a);
    }
    reconsider(*a);
}

void deliver::credential_changed(account_no no,
                                 std::shared_ptr<api::request_template const> requests,
                                 secret<std::string> token) {
    auto* const a = entry(no);
    if (a == nullptr) return;
    auto const now = std::chrono::steady_clock::now();
    a->setup.requests = std::move(requests);
    a->setup.token = std::move(token);
    go_on_with_token(*a, now);
    log_line(level::info, "the account's token was written; the account goes on with it",
             {{"account", a->setup.id}});
    reconsider(*a);
}

/// A person gave it: a parked account is asked at once.
void deliver::go_on_with_token(account_entry& a, steady_time now) {
    bool const was_parked = a.control.is_parked();
    a.control.credential_changed(now);
    if (was_parked) retry_deferred(a, "token written");
    endpoint_.wake(now);
}

steady_time deliver::permit(account_no no, steady_time now) {
    auto* const a = entry(no);
    if (a == nullptr) return now;
    // The emergency brake holds for logins, too.
    if (is_paused(*a)) return now + 1s;
    auto const at = std::max(a->control.gate().next(now), endpoint_.gate().next(now));
    if (at > now) return at;
    a->control.gate().pass(now);
    endpoint_.gate().pass(now);
    a->control.unsaved();
    endpoint_.unsaved();
    // Without a token nothing is claimed, so no cycle comes by itself.
    notes_due_ = true;
    schedule(now);
    return now;
}

}  // namespace setclick::pipeline
