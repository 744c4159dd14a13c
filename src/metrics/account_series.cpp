#include "account_series.hpp"

#include <algorithm>
#include <functional>
#include <variant>

#include "setclickd/base/time.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/event/iso_time.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::metrics {
namespace {

using status_model::account_report;

double number(std::uint64_t n) {
    return static_cast<double>(n);
}

std::optional<verdict> verdict_in(account_report const& a) {
    auto const found = status_model::verdict_of(a);
    if (!found.is_object()) return std::nullopt;
    verdict v;
    v.agrees = control::flag(found, "agrees");
    for (auto const* const what : {"missing", "surplus", "ambiguous"})
        v.differs_by += number(control::count_of(found, what));
    auto const at = event::parse_iso_time(control::text(found, "at"));
    if (auto const* const t = std::get_if<wall_time>(&at)) v.at_seconds = seconds_of(*t);
    return v;
}

void add(std::optional<double>& to, std::optional<double> const& what) {
    if (what) to = to.value_or(0) + *what;
}

template <class Better>
void take(std::optional<double>& to, std::optional<double> const& what, Better better) {
    if (what && (!to || better(*what, *to))) to = what;
}

void add_account(account_series& s, account_report const& a, wall_time now) {
    s.delivered += number(a.events.delivered + a.taken_back.delivered);
    s.rejected += number(a.events.rejected + a.taken_back.rejected + a.refused_lines);
    s.duplicate += number(a.events.duplicate);
    s.discarded += number(a.events.discarded + a.taken_back.discarded);
    s.in_doubt_ever += number(a.in_doubt_ever);
    s.waiting += number(a.events.waiting);
    s.in_flight += number(a.events.in_flight);
    s.deferred += number(a.events.deferred);
    s.in_doubt += number(a.events.in_doubt);
    s.held += number(a.events.held);
    if (a.oldest_waiting != wall_time{} && a.oldest_waiting < now)
        s.oldest_waiting_seconds =
            std::max(s.oldest_waiting_seconds, seconds_of(now) - seconds_of(a.oldest_waiting));
    if (a.last_success != wall_time{})
        take(s.last_success_seconds, seconds_of(a.last_success), std::greater{});
    s.rate_waited_seconds += a.rate_waited_seconds;
    if (a.is_configured) {
        add(s.permits, a.permits);
        add(s.rate_per_minute, a.rate_per_minute);
        add(s.configured_per_minute, a.configured_per_minute);
        if (a.token_end)
            take(a.has_login ? s.login_token_end_seconds : s.file_token_end_seconds,
                 seconds_of(*a.token_end), std::less{});
        if (a.parked) s.parked[a.parked->reason] += 1;
    }
    if (auto const v = verdict_in(a)) {
        if (!s.reconciled) {
            s.reconciled = v;
        } else {
            s.reconciled->agrees = s.reconciled->agrees && v->agrees;
            s.reconciled->differs_by += v->differs_by;
            s.reconciled->at_seconds = std::min(s.reconciled->at_seconds, v->at_seconds);
        }
    }
}

}  // namespace

std::vector<account_series> series_of(status_model::status_report const& report,
                                      own_accounts const& own) {
    std::vector<account_series> out;
    account_series others;
    others.label = other_accounts;
    // Lines that name no account, or none that is known.
    others.rejected = number(report.refused_without_account);
    for (auto const& a : report.accounts) {
        if (!own.has(a.id)) {
            add_account(others, a, report.now);
            continue;
        }
        auto& s = out.emplace_back();
        s.label = a.id;
        add_account(s, a, report.now);
    }
    out.push_back(std::move(others));
    return out;
}

}  // namespace setclick::metrics
