// Accounts come, go, park and resume; and what is said about them.
#include <boost/asio/post.hpp>

#include "account_entry.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::pipeline {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;
namespace {
constexpr milliseconds well_for{5000};  ///< without trouble, before the log says so
}  // namespace

void deliver::set_account(account_setup setup, ledger::account_info const& known, std::uint64_t in_flight_at_crash) {
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
        a.setup = std::move(setup);
        a.configured = true;
    } else {
        // Jitter must differ between accounts and between runs.
        auto const seed = static_cast<std::uint64_t>(now.time_since_epoch().count()) + i;
        accounts_[i] = std::make_unique<account_entry>(std::move(setup), seed);
        auto& a = *accounts_[i];
        if (auto const state = delivery::account_state_from_text(known.state); state.has_value())
            a.control.load(*state, now, wall(now));
        else
            log_line(level::warn, "the account's saved rate and park cannot be read; it starts anew",
                     {{"account", a.setup.id}, {"error", state.error().message}});
        for (std::uint64_t n = 0; n < in_flight_at_crash; ++n) a.control.gate().pass(now);
        // The token may have been mended while the daemon was down: one probe at each start.
        if (auto const park = a.control.visible_park(); park.is_on()) {
            if (park.reason == delivery::park_reason::unauthorised) a.control.wake(now);
            log_line(level::warn, "the account is still parked",
                     {{"account", a.setup.id}, {"reason", delivery::name_of(park.reason)}, {"since", wall_text(park.since)},
                      {"cure", delivery::cure(park.reason, a.setup.id)}});
        }
    }
    auto& a = *accounts_[i];
    know_depth(a, known.counts[static_cast<std::size_t>(ledger::event_state::waiting)],
               known.counts[static_cast<std::size_t>(ledger::event_state::deferred)], known.next_due);
    schedule(now);
}

void deliver::remove_account(account_no no) {
    if (auto* const a = entry(no)) {
        a->configured = false;
        give_back(*a);
        claims_.set_wants(no, 0);
    }
}

void deliver::set_endpoint(delivery::endpoint_control_settings const& settings) {
    endpoint_.configure(std::chrono::steady_clock::now(), settings);
}

void deliver::load_endpoint(std::string_view note) {
    auto const now = std::chrono::steady_clock::now();
    auto const state = delivery::endpoint_state_from_text(note);
    if (state.has_error()) {
        log_line(level::warn, "the endpoint's saved rate and park cannot be read; it starts anew", {{"error", state.error().message}});
        return;
    }
    endpoint_.load(*state, now, wall(now));
    if (auto const& park = endpoint_.parked(); park.is_on())
        log_line(level::warn, "the endpoint is still parked",
                 {{"reason", delivery::name_of(park.reason)}, {"since", wall_text(park.since)},
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
        if (auto* const a = entry(d.account)) know_depth(*a, d.waiting, d.deferred, d.next_due);
    // Nothing else may happen for hours: what a person released goes out now.
    schedule(std::chrono::steady_clock::now());
}

// ---- credentials ----

void deliver::credential_refreshed(account_no no, std::shared_ptr<api::request_template const> requests,
                                   secret<std::string> token, std::string_view why_not) {
    auto* const a = entry(no);
    if (a == nullptr) return;
    auto const now = std::chrono::steady_clock::now();
    if (requests) {
        a->setup.requests = std::move(requests);
        a->setup.token = std::move(token);
        a->control.credential_refreshed(now);
        log_line(level::info, "the account has a new token", {{"account", a->setup.id}});
    } else if (a->control.credential_refresh_failed(now, wall(now), why_not)) {
        say_park(*a);
    }
    schedule(now);
}

void deliver::credential_changed(account_no no, std::shared_ptr<api::request_template const> requests,
                                 secret<std::string> token) {
    auto* const a = entry(no);
    if (a == nullptr) return;
    auto const now = std::chrono::steady_clock::now();
    a->setup.requests = std::move(requests);
    a->setup.token = std::move(token);
    a->control.credential_changed(now);
    endpoint_.wake(now);
    log_line(level::info, "the account's token was written; the account goes on with it", {{"account", a->setup.id}});
    claims_.ready(no);
    refresh_wants(*a, now);
    schedule(now);
}

steady_time deliver::permit(account_no no, steady_time now) {
    auto* const a = entry(no);
    if (a == nullptr) return now;
    auto const at = std::max(a->control.gate().next(now), endpoint_.gate().next(now));
    if (at > now) return at;
    a->control.gate().pass(now);
    endpoint_.gate().pass(now);
    a->control.unsaved();
    return now;
}

// ---- parks ----

bool deliver::pause(account_no no) {
    auto* const a = entry(no);
    auto const now = std::chrono::steady_clock::now();
    if (a == nullptr || !a->control.pause(wall(now))) return false;
    give_back(*a);
    say_park(*a);
    keep_notes(no);
    maybe_cycle(now);
    return true;
}

bool deliver::resume(account_no no, bool accept_rejections) {
    auto* const a = entry(no);
    if (a == nullptr) return false;
    auto const now = std::chrono::steady_clock::now();
    bool const was = a->control.is_parked() || a->control.trouble().is_on;
    auto const back = a->control.resume(now, accept_rejections);
    for (auto const event : back) retry_event(event);
    endpoint_.wake(now);
    next_open_ = now;
    log_line(level::info, "the account was resumed by a person",
             {{"account", a->setup.id}, {"returned_to_waiting", static_cast<std::uint64_t>(back.size())}});
    keep_notes(no);
    claims_.ready(no);
    refresh_wants(*a, now);
    schedule(now);
    return was;
}

/// A person's word is durable even where no event comes along with whose cycle it could travel.
void deliver::keep_notes(account_no no) {
    ledger::cycle_request request;
    request.now = wall(std::chrono::steady_clock::now());
    request.notes = notes(no, std::chrono::steady_clock::now());
    // What fails here is said by the next cycle: the account's note stays due until one was written.
    writer_.post(ledger::writer::priority::delivery, [request = std::move(request)](ledger::store& store) { (void)store.cycle(request); });
}

/// Events that a suspect account had rejected wait again.
void deliver::retry_event(event_no event) {
    writer_.post(ledger::writer::priority::delivery, [this, event](ledger::store& store) {
        ledger::operation what;
        what.verb = ledger::operator_verb::retry;
        what.filter.event = event;
        what.who = "resume";
        auto const done = store.operate(what, {}, std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()));
        if (done.has_value())
            asio::post(context_, [this, depths = done->depths] { depths_changed(depths); });
    });
}

bool deliver::pause_endpoint() { return endpoint_.pause(wall(std::chrono::steady_clock::now())); }

bool deliver::resume_endpoint() {
    auto const now = std::chrono::steady_clock::now();
    bool const was = endpoint_.resume();
    next_open_ = now;
    for (auto const& a : accounts_)
        if (a) {
            a->control.wake(now);
            claims_.ready(a->setup.no);
        }
    schedule(now);
    return was;
}

void deliver::endpoint_changed(delivery::endpoint_change change, steady_time now) {
    if (change == delivery::endpoint_change::parked) {
        auto const& park = endpoint_.parked();
        log_line(level::error, "the endpoint is parked; all events wait",
                 {{"reason", delivery::name_of(park.reason)}, {"met", park.detail},
                  {"cure", delivery::cure(park.reason, "--endpoint")}});
        return give_back_all();
    }
    log_line(level::info, "the endpoint is open again");
    for (auto const& a : accounts_)
        if (a) {
            a->control.wake(now);
            claims_.ready(a->setup.no);
        }
    schedule(now);
}

void deliver::say_park(account_entry const& a) {
    auto const park = a.control.visible_park();
    if (!park.is_on()) {
        log_line(level::info, "the account is open again", {{"account", a.setup.id}});
        return;
    }
    log_line(park.reason == delivery::park_reason::paused ? level::info : level::error, "the account is parked; its events wait",
             {{"account", a.setup.id}, {"reason", delivery::name_of(park.reason)}, {"why", delivery::text(park.reason)},
              {"met", park.detail}, {"cure", delivery::cure(park.reason, a.setup.id)}});
}

/// A server that fails now and then begins and ends trouble many times a second: said is that it began, and that it has been
/// well for a while.
void deliver::log_decision(account_entry& a, delivery::decision const& d, std::string_view detail, steady_time now) {
    if (d.trouble_began) {
        a.well_since = never;
        if (auto const n = a.trouble_log.trouble(now))
            log_line(level::warn,
                     n->what == telemetry::log_limiter::kind::begins
                         ? "trouble with the account's deliveries; they are tried again, less often"
                         : "trouble with the account's deliveries comes and goes",
                     {{"account", a.setup.id}, {"reason", a.control.trouble().last}, {"detail", detail}, {"times", n->count}});
    }
    if (d.trouble_ended) {
        a.well_since = now;
        schedule(now + well_for);
    }
    if (d.rate_changed)
        log_line(level::info, "the rate follows the server", {{"account", a.setup.id},
                 {"rate", a.control.gate().why(std::chrono::steady_clock::now())}});
    if (d.credential_refresh_wanted) hooks_.refresh_credential(a.setup.no);
    if (d.park_changed) {
        say_park(a);
        if (a.control.is_parked()) give_back(a);
        claims_.ready(a.setup.no);
    }
}

void deliver::say_who_is_well(steady_time now) {
    for (auto const& a : accounts_) {
        if (!a || a->well_since == never) continue;
        if (now < a->well_since + well_for) {
            schedule(a->well_since + well_for);
            continue;
        }
        a->well_since = never;
        if (auto const n = a->trouble_log.ended(now))
            log_line(level::info, "the account's deliveries go well again",
                     {{"account", a->setup.id}, {"after", duration_text(n->lasted)}});
    }
}

}  // namespace setclick::pipeline
