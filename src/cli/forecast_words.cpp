#include "forecast_words.hpp"

#include <optional>

#include "setclickd/delivery/forecast.hpp"

namespace setclick::cli {

using status_model::account_report;
using status_model::status_report;

namespace {

/// Why nothing is forecast for an account; empty: for no reason that is known.
std::string no_forecast(account_report const& a) {
    if (a.parked) return "not while it is parked";
    if (a.not_before != wall_time{})
        return "not before " + wall_text(a.not_before) + ", as the server asked";
    if (!a.has_credential) return "not without a token";
    if (!a.trouble.empty()) return "no forecast while deliveries fail";
    return {};
}

/// Of all accounts: that of the first which has one.
std::string no_forecast(status_report const& r) {
    if (r.daemon.endpoint_parked) return "not while the endpoint is parked";
    if (!r.daemon.unreachable.empty()) return "not while the endpoint is unreachable";
    if (r.daemon.disk_full) return "not while the disk is full";
    for (auto const& a : r.accounts)
        if (a.events.pending() > 0 && !a.drain_eta)
            if (auto why = no_forecast(a); !why.empty()) return why;
    return {};
}

std::string in_words(std::optional<milliseconds> d, std::string const& why_not) {
    if (!d) return why_not.empty() ? "no forecast yet" : why_not;
    return d->count() == 0 ? "nothing waits" : "about " + delivery::about_text(*d);
}

}  // namespace

std::string queue_empty_text(account_report const& account) {
    return in_words(account.drain_eta, no_forecast(account));
}

std::string queue_empty_text(status_report const& report) {
    return in_words(report.drain_eta, no_forecast(report));
}

}  // namespace setclick::cli
