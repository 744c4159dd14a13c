#include "delivery_log.hpp"

#include <algorithm>
#include <utility>

#include "setclickd/telemetry/log.hpp"

namespace setclick::dispatch {
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr milliseconds well_for{5000};  ///< without trouble, before the log says so
constexpr milliseconds rate_lines_apart{60'000};
constexpr std::uint32_t most_rejected_lines = 10;  ///< a minute

}  // namespace

void delivery_log::attempt(account const& a, ledger::claimed_event const& event,
                           net::exchange_end const& end, delivery::decision const& d) {
    if (d.what == delivery::disposition::rejected && rejected_lines_ < most_rejected_lines) {
        ++rejected_lines_;
        log_line(level::warn, "an event was rejected",
                 {{"id", event.no.value},
                  {"account", a.setup.id},
                  {"reason", delivery::name_of(d.why)},
                  {"status", end.answer ? end.answer->status : 0},
                  {"attempt", event.attempt},
                  {"look", "setclickd show"}});
    }
    if (!telemetry::log_enabled(level::debug)) [[likely]]
        return;
    log_line(level::debug, "attempt",
             {{"id", event.no.value},
              {"account", a.setup.id},
              {"attempt", event.attempt},
              {"outcome", delivery::name_of(d.what)},
              {"status", end.answer ? end.answer->status : 0},
              {"reason", end.answer ? delivery::name_of(d.why) : delivery::name_of(end.failure)}});
}

// A server that fails now and then begins and ends trouble many times a second: logged is that it
// began, and that it has been well for a while.
void delivery_log::decision(account& a, delivery::decision const& d, std::string_view detail,
                            steady_time now) {
    auto& l = a.logged;
    auto const& control = a.flow.control;
    if (d.trouble_began) {
        l.well_since = never;
        if (auto const n = l.trouble.trouble(now))
            log_line(level::warn,
                     n->what == telemetry::log_limiter::kind::begins
                         ? "trouble with the account's deliveries; they are tried again, less often"
                         : "trouble with the account's deliveries comes and goes",
                     {{"account", a.setup.id},
                      {"reason", control.trouble().last},
                      {"detail", detail},
                      {"times", n->count}});
    }
    if (d.trouble_ended) l.well_since = now;
    // A server may name another limit with each answer; `status` shows the present one.
    if (d.rate_changed && now >= l.rate_logged + rate_lines_apart) {
        l.rate_logged = now;
        log_line(level::info, "the rate follows the server",
                 {{"account", a.setup.id}, {"rate", control.gate().why(now)}});
    }
    if (d.park_changed) park(a);
}

void delivery_log::unread_wait(account& a, delivery::attempt_outcome const& outcome) {
    auto const* const facts = outcome.answer();
    if (facts == nullptr || facts->unread_wait.empty()) return;
    auto& logged = a.logged.unread_waits;
    if (std::ranges::find(logged, facts->unread_wait) != logged.end()) return;
    logged.push_back(facts->unread_wait);
    log_line(level::warn,
             "the server asks for a wait that cannot be read; the waits grow by themselves instead",
             {{"account", a.setup.id}, {"field", facts->unread_wait}, {"status", facts->status}});
}

void delivery_log::asked_by_report(account& a) {
    if (std::exchange(a.logged.is_asked_by_report, true)) return;
    log_line(
        level::warn,
        "no further event is sent to an endpoint whose answers cannot be read; a report, which "
        "books nothing, asks whether the API is there again",
        {{"account", a.setup.id},
         {"reason", delivery::name_of(a.flow.control.visible_park().reason)},
         {"cure", delivery::cure(a.flow.control.visible_park().reason, a.setup.id)}});
}

void delivery_log::park(account const& a) {
    auto const park = a.flow.control.visible_park();
    if (!park.is_on()) {
        log_line(level::info, "the account is open again", {{"account", a.setup.id}});
        return;
    }
    log_line(park.reason == delivery::park_reason::paused ? level::info : level::error,
             "the account is parked; its events wait",
             {{"account", a.setup.id},
              {"reason", delivery::name_of(park.reason)},
              {"why", delivery::text(park.reason)},
              {"met", park.detail},
              {"cure", delivery::cure(park.reason, a.setup.id)}});
}

void delivery_log::still_parked(account const& a, std::uint64_t waiting) {
    auto const park = a.flow.control.visible_park();
    log_line(level::warn, "the account is still parked",
             {{"account", a.setup.id},
              {"waiting", waiting},
              {"reason", delivery::name_of(park.reason)},
              {"since", wall_text(park.since)},
              {"cure", delivery::cure(park.reason, a.setup.id)}});
}

void delivery_log::recovered(account_registry const& accounts, steady_time now) {
    for (auto* const a : accounts.all()) {
        auto& l = a->logged;
        if (l.well_since == never || now < l.well_since + well_for) continue;
        l.well_since = never;
        if (auto const n = l.trouble.ended(now))
            log_line(level::info, "the account's deliveries go well again",
                     {{"account", a->setup.id}, {"after", duration_text(n->lasted)}});
    }
}

void delivery_log::endpoint(delivery::endpoint_change change, delivery::park const& park) {
    if (change == delivery::endpoint_change::parked)
        log_line(level::error, "the endpoint is parked; all events wait",
                 {{"reason", delivery::name_of(park.reason)},
                  {"met", park.detail},
                  {"cure", delivery::cure(park.reason, "--endpoint")}});
    else if (change == delivery::endpoint_change::opened)
        log_line(level::info, "the endpoint is open again");
}

void delivery_log::endpoint_still_parked(delivery::park const& park) {
    log_line(level::warn, "the endpoint is still parked",
             {{"reason", delivery::name_of(park.reason)},
              {"since", wall_text(park.since)},
              {"cure", delivery::cure(park.reason, "--endpoint")}});
}

void delivery_log::in_doubt(account const& a, delivery::decision const& d,
                            delivery::attempt_outcome const& outcome,
                            delivery::delivery_totals const& totals) const {
    if (totals.in_doubt != in_doubt_at_minute_) return;
    log_line(level::warn, "an event may have been received without our knowing",
             {{"account", a.setup.id},
              {"reason", delivery::reason_text(d, outcome)},
              {"then", d.what == delivery::disposition::hold ? "held" : "sent again"},
              {"list", "setclickd list --in-doubt"}});
}

void delivery_log::unreachable(steady_time now, net::open_failure const& failure,
                               steady_time next_try) {
    auto const n = reach_.trouble(now);
    if (!n) return;
    auto const wait = std::chrono::duration_cast<milliseconds>(next_try - now);
    log_line(level::warn,
             n->what == telemetry::log_limiter::kind::begins
                 ? "the endpoint cannot be reached; events wait"
                 : "the endpoint still cannot be reached; events wait",
             {{"reason", delivery::name_of(failure.failure)},
              {"error", failure.text},
              {"next_try_in", duration_text(wait)},
              {"tries", n->count}});
}

void delivery_log::reachable(steady_time now) {
    if (auto const n = reach_.ended(now))
        log_line(level::info, "the endpoint can be reached again",
                 {{"attempts", n->count}, {"after", duration_text(n->lasted)}});
}

void delivery_log::ledger_is_not_written(steady_time now, error const& why) {
    if (why.code == errc::unreachable) return;  // logged for all who use it
    if (!disk_.trouble(now)) return;
    if (why.code == errc::busy)
        log_line(
            level::error,
            "the ledger is locked by another program; no event is claimed meanwhile, and what "
            "was answered is kept",
            {{"error", why.message},
             {"cure", "end that program, or its transaction; delivery then goes on by itself"}});
    else
        log_line(
            level::error, "the ledger has no room; no event is claimed until there is some",
            {{"error", why.message},
             {"cure", "make room on the ledger's file system; delivery then goes on by itself"}});
}

void delivery_log::ledger_is_written(steady_time now) {
    if (auto const n = disk_.ended(now))
        log_line(level::info, "the ledger can be written again; delivery goes on",
                 {{"after", duration_text(n->lasted)}});
}

void delivery_log::held(delivery::delivery_totals const& totals) {
    auto const count = totals.held - std::exchange(held_logged_, totals.held);
    if (count == 0) return;
    log_line(level::warn, "events are held: they are not sent again until a person decides",
             {{"count", count},
              {"look", "setclickd list --state held"},
              {"then", "setclickd release, or discard; reconcile tells which have arrived"}});
}

}  // namespace setclick::dispatch
