// Parks, pauses and trouble: how they begin, how they end, and what is said about them.
#include <boost/asio/post.hpp>

#include <algorithm>

#include "account_entry.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/ledger/resume.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::pipeline {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr milliseconds well_for{5000};  ///< without trouble, before the log says so
constexpr milliseconds rate_lines_apart{60'000};

}  // namespace

bool deliver::pause(account_no no) {
    auto* const a = entry(no);
    auto const now = std::chrono::steady_clock::now();
    if (a == nullptr) return false;
    bool const is_new = a->control.pause(wall(now));
    if (is_new) {
        give_back(*a);
        say_park(*a);
    }
    // Also where it was paused before: that may not be durable yet.
    keep_word(*a, now);
    maybe_cycle(now);
    return is_new;
}

bool deliver::resume(account_no no, bool accept_rejections) {
    auto* const a = entry(no);
    if (a == nullptr) return false;
    auto const now = std::chrono::steady_clock::now();
    bool const was = a->control.is_parked() || a->control.trouble().is_on;
    auto const back = a->control.resume(now, accept_rejections);
    a->to_return.insert(a->to_return.end(), back.begin(), back.end());
    retry_deferred(*a, "resume");
    endpoint_.wake(now);
    next_open_ = now;
    if (was)
        log_line(level::info, "the account was resumed by a person", {{"account", a->setup.id}});
    keep_word(*a, now);
    reconsider(*a);
    return was;
}

/// What was put off while the account was in trouble or parked need not wait for its time: somebody
/// has mended it.
void deliver::retry_deferred(account_entry const& a, std::string who) {
    if (a.deferred == 0) return;
    retry(ledger::wake_deferred(a.setup.no, std::move(who)), {});
}

/// Slice by slice, so that delivery goes on in between.
void deliver::retry(ledger::operation what, event_no after) {
    writer_.post(ledger::writer::priority::delivery, [this, what = std::move(what),
                                                      after](ledger::store& store) {
        auto const now = wall_now();
        auto done =
            std::make_shared<result<ledger::operation_slice>>(store.operate(what, after, now));
        asio::post(context_, [this, what, done] {
            if (done->has_error())
                return;  // they wait for their time then; what ails the disk says the next cycle
            depths_changed((*done)->depths);
            if (!(*done)->done && !stopping_) retry(what, (*done)->next);
        });
    });
}

bool deliver::pause_endpoint() {
    auto const now = std::chrono::steady_clock::now();
    bool const is_new = endpoint_.pause(wall(now));
    if (is_new)
        log_line(level::info, "the endpoint is paused by a person; all events wait",
                 {{"cure", delivery::cure(delivery::park_reason::paused, "--endpoint")}});
    keep_notes({endpoint_note(now)});
    give_back_all();
    maybe_cycle(now);
    return is_new;
}

bool deliver::resume_endpoint() {
    auto const now = std::chrono::steady_clock::now();
    bool const was = endpoint_.resume();
    if (was) log_line(level::info, "the endpoint was resumed by a person");
    keep_notes({endpoint_note(now)});
    next_open_ = now;
    wake_all("resume", now);
    return was;
}

void deliver::endpoint_moved() {
    auto const now = std::chrono::steady_clock::now();
    endpoint_.wake(now);
    next_open_ = now;
    wake_all("another endpoint", now);
}

void deliver::wake_all(char const* who, steady_time now) {
    for (auto const& a : accounts_)
        if (a) {
            retry_deferred(*a, who);
            a->control.wake(now);
            reconsider(*a);
        }
    schedule(now);
}

/// What the endpoint makes of an attempt's end.
void deliver::tell_endpoint(account_entry& a, delivery::standing before,
                            delivery::attempt_outcome const& outcome,
                            delivery::attempt_info const& info, delivery::decision const& d,
                            steady_time now) {
    delivery::attempt_by by{a.setup.no, before, delivery::park_reason::none, false};
    if (d.park_changed) {
        by.parked_for = a.control.visible_park().reason;
        by.others_may_tell = others_may_tell(a, now);
    }
    auto const change = endpoint_.end(now, wall(now), by, outcome, info, d);
    if (change != delivery::endpoint_change::none) endpoint_changed(change, now);
    if (!endpoint_.probe_was_set()) return;
    for (auto const& other : accounts_) {
        if (!other) continue;
        if (endpoint_.parked().is_on()) other->control.probe_at(endpoint_.parked().next_probe);
        reconsider(*other);
    }
}

/// Whether an account that is not parked has something to try the endpoint with.
bool deliver::others_may_tell(account_entry const& a, steady_time now) const {
    auto const wall_now = wall(now);
    return std::ranges::any_of(accounts_, [&](auto const& other) {
        return other && other.get() != &a && other->can_send() &&
               other->control.standing() != delivery::standing::parked &&
               (other->control.in_flight() > 0 || !other->queue.empty() ||
                other->has_claimable(wall_now));
    });
}

void deliver::endpoint_changed(delivery::endpoint_change change, steady_time now) {
    if (change == delivery::endpoint_change::parked) {
        auto const& park = endpoint_.parked();
        log_line(level::error, "the endpoint is parked; all events wait",
                 {{"reason", delivery::name_of(park.reason)},
                  {"met", park.detail},
                  {"cure", delivery::cure(park.reason, "--endpoint")}});
        return give_back_all();
    }
    if (change == delivery::endpoint_change::cleared) return schedule(now);
    log_line(level::info, "the endpoint is open again");
    for (auto const& a : accounts_)
        if (a) {
            a->control.wake(now);
            reconsider(*a);
        }
    schedule(now);
}

void deliver::say_park(account_entry const& a) {
    auto const park = a.control.visible_park();
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

/// A server that fails now and then begins and ends trouble many times a second: said is that it
/// began, and that it has been well for a while.
void deliver::log_decision(account_entry& a, delivery::decision const& d, std::string_view detail,
                           steady_time now) {
    if (d.trouble_began) {
        a.well_since = never;
        if (auto const n = a.trouble_log.trouble(now))
            log_line(level::warn,
                     n->what == telemetry::log_limiter::kind::begins
                         ? "trouble with the account's deliveries; they are tried again, less often"
                         : "trouble with the account's deliveries comes and goes",
                     {{"account", a.setup.id},
                      {"reason", a.control.trouble().last},
                      {"detail", detail},
                      {"times", n->count}});
    }
    if (d.trouble_ended) {
        a.well_since = now;
        schedule(now + well_for);
    }
    // A server may say another limit with each answer; `status` shows the present one.
    if (d.rate_changed && now >= a.rate_said + rate_lines_apart) {
        a.rate_said = now;
        log_line(level::info, "the rate follows the server",
                 {{"account", a.setup.id},
                  {"rate", a.control.gate().why(std::chrono::steady_clock::now())}});
    }
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
