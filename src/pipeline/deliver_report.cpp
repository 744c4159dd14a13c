// What deliver says of itself: the status, and the lines for people.
#include <algorithm>
#include <utility>

#include "account_entry.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::pipeline {
using telemetry::level;
using telemetry::log_line;

bool deliver::is_idle() const {
    if (in_flight_ > 0 || ready_ > 0 || cycle_running_ || unwritten_ || !delivered_.empty() ||
        !deviations_.empty())
        return false;
    for (auto const& a : accounts_)
        if (a && a->waiting + a->deferred > 0 && a->can_send() && !a->control.is_parked() &&
            !endpoint_.parked().is_on())
            return false;
    return true;
}

bool deliver::waits_behind_parks() const {
    for (auto const& a : accounts_)
        if (a && a->waiting + a->deferred > 0) return true;
    return false;
}

delivery::deliver_status deliver::status() const {
    auto out = totals_;
    auto const now = std::chrono::steady_clock::now();
    for (auto const& a : accounts_) {
        if (!a || !a->configured) continue;
        delivery::account_delivery d;
        d.id = a->setup.id;
        d.parked = a->control.visible_park();
        d.trouble = a->control.trouble();
        d.configured_per_minute = a->control.gate().configured_per_minute();
        d.effective_per_minute = a->control.gate().effective_per_minute();
        d.rate_why = a->control.gate().why(now);
        d.delivered_per_minute = a->lately.per_minute(now);
        d.window = a->control.window_size();
        d.in_flight = a->control.in_flight();
        d.ready = a->queue.size();
        d.has_credential = a->setup.requests != nullptr;
        out.accounts.push_back(std::move(d));
    }
    out.endpoint_parked = endpoint_.parked();
    out.unreachable = unreached_ > 0;
    out.unreachable_why = unreached_why_;
    out.disk_full = disk_full_;
    auto const counts = pool_->counts();
    out.connections_open = counts.idle + counts.busy;
    out.unsettled = delivered_.size() + deviations_.size() + settling_;
    return out;
}

/// Nothing else happens to them: who does not look would not know.
void deliver::say_held() {
    auto const count = totals_.held - std::exchange(held_said_, totals_.held);
    if (count == 0) return;
    log_line(level::warn, "events are held: they are not sent again until a person decides",
             {{"count", count},
              {"look", "setclickd list --state held"},
              {"then", "setclickd release, or discard; reconcile tells which have arrived"}});
}

std::string deliver::minute() {
    auto const now = std::chrono::steady_clock::now();
    std::uint64_t waiting = 0;
    std::size_t parked = 0;
    for (auto const& a : accounts_) {
        if (!a) continue;
        auto const theirs = a->waiting + a->deferred + a->queue.size();
        waiting += theirs;
        if (theirs == 0) continue;
        constexpr std::size_t most_lines = 10;
        if (auto const park = a->control.visible_park(); park.is_on()) {
            if (++parked <= most_lines)
                log_line(level::warn, "the account is still parked",
                         {{"account", a->setup.id},
                          {"waiting", theirs},
                          {"reason", delivery::name_of(park.reason)},
                          {"since", wall_text(park.since)},
                          {"cure", delivery::cure(park.reason, a->setup.id)}});
        } else if (a->control.remind(now)) {
            auto const trouble = a->control.trouble();
            log_line(level::warn, "trouble with the account's deliveries lasts",
                     {{"account", a->setup.id},
                      {"waiting", theirs},
                      {"reason", trouble.last},
                      {"failures", trouble.failures},
                      {"since", wall_text(trouble.since)}});
        }
    }
    if (endpoint_.parked().is_on() && waiting > 0)
        log_line(level::warn, "the endpoint is still parked",
                 {{"reason", delivery::name_of(endpoint_.parked().reason)},
                  {"since", wall_text(endpoint_.parked().since)},
                  {"cure", delivery::cure(endpoint_.parked().reason, "--endpoint")}});
    // A stray answer takes back what an earlier minute may have told.
    auto const did = [](std::uint64_t total, std::uint64_t before) {
        return total - std::min(total, before);
    };
    auto const& before = last_minute_;
    if (waiting > 0 || totals_.attempts != before.attempts || totals_.rejected != before.rejected)
        log_line(level::info, "the last minute",
                 {{"delivered", did(totals_.delivered, before.delivered)},
                  {"rejected", did(totals_.rejected, before.rejected)},
                  {"deferred", did(totals_.deferred, before.deferred)},
                  {"in_doubt", did(totals_.in_doubt, before.in_doubt)},
                  {"waiting", waiting},
                  {"parked_accounts", parked}});
    last_minute_ = totals_;
    say_held();
    auto line =
        grouped(waiting) + " waiting, " + grouped(totals_.delivered) + " delivered since the start";
    if (unreached_ > 0) line += "; the endpoint cannot be reached";
    if (endpoint_.parked().is_on()) line += "; the endpoint is parked";
    if (parked > 0) line += "; parked accounts: " + grouped(parked);
    if (disk_full_) line += "; disk full";
    return line;
}

}  // namespace setclick::pipeline
