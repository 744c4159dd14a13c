#include "setclickd/status_model/health.hpp"

#include "setclickd/base/text.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::status_model {
namespace {

std::string parked_text(std::string_view what, park_report const& park) {
    return printable(what) + " is parked: " + printable(park.reason) +
           "; cure: " + printable(park.cure, 500);
}

std::optional<std::string> park_of(status_report const& report) {
    if (report.daemon.endpoint_parked)
        return parked_text("the endpoint", *report.daemon.endpoint_parked);
    if (!report.daemon.unreachable.empty())
        return "the endpoint cannot be reached: " + printable(report.daemon.unreachable, 500);
    for (auto const& account : report.accounts) {
        if (account.parked) return parked_text("account " + account.id, *account.parked);
        if (!account.has_credential)
            return "account " + printable(account.id) +
                   " has no usable token; cure: setclickd token " + printable(account.id);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> unready(daemon_report const& daemon) {
    if (!daemon.is_running) return "the daemon does not run";
    if (daemon.pid == 0) return "the daemon does not answer";
    if (daemon.is_ending) return "the daemon ends";
    if (!daemon.stalled_disk.empty()) return "the disk does not answer";
    if (daemon.disk_full) return "the disk is full";
    if (!daemon.ledger_locked.empty()) return "the ledger is locked";
    if (!daemon.intake_held_up.empty()) return "the intake waits";
    return std::nullopt;
}

std::optional<std::string> unwell(status_report const& report, health_limits const& limits) {
    auto const& daemon = report.daemon;
    if (!daemon.is_running)
        return "the daemon does not run: nothing is taken or delivered until it is started";
    if (daemon.pid == 0)
        return "the daemon runs, but did not answer: " + printable(daemon.why_not, 500);
    if (daemon.disk_full) return "the disk is full: nothing is taken until there is room";
    if (!daemon.intake_held_up.empty())
        return "the intake waits: " + printable(daemon.intake_held_up, 500);
    if (daemon.stalled)
        return "deliveries are stalled by a fault of setclickd; cure: systemctl restart setclickd, "
               "and report it with the log";
    if (limits.are_parks_unwell)
        if (auto park = park_of(report)) return park;
    if (limits.oldest_waiting && report.events.pending() > 0) {
        milliseconds const age{age_seconds(report.oldest_waiting, report.now) * 1000};
        if (age > *limits.oldest_waiting)
            return "the oldest event waits for " + duration_text(age) + ", longer than " +
                   duration_text(*limits.oldest_waiting);
    }
    return std::nullopt;
}

}  // namespace setclick::status_model
