#include "setclickd/status_model/status_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <chrono>

#include "json_values.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/status_model/cluster_json.hpp"

namespace setclick::status_model {
namespace {

namespace json = boost::json;
using control::plain_number;

json::object as_json(event_counts const& c) {
    return {{"waiting", c.waiting},   {"in_flight", c.in_flight}, {"deferred", c.deferred},
            {"in_doubt", c.in_doubt}, {"held", c.held},           {"delivered", c.delivered},
            {"rejected", c.rejected}, {"duplicate", c.duplicate}, {"discarded", c.discarded}};
}

json::value as_json(std::optional<park_report> const& p) {
    if (!p) return nullptr;
    json::object made{{"reason", p->reason},
                      {"since", p->since},
                      {"text", p->text},
                      {"detail", p->detail},
                      {"cure", p->cure}};
    made["next_probe_seconds"] =
        p->next_probe_seconds ? json::value(*p->next_probe_seconds) : json::value(nullptr);
    return made;
}

json::value seconds_or_null(std::optional<milliseconds> d) {
    return d ? json::value(std::chrono::ceil<seconds>(*d).count()) : json::value(nullptr);
}

json::object as_json(account_report const& a, wall_time now) {
    json::object made{
        {"id", printable(a.id)}, {"configured", a.is_configured}, {"events", as_json(a.events)}};
    made["refused_lines"] = a.refused_lines;
    made["in_doubt_ever"] = a.in_doubt_ever;
    made["parked"] = as_json(a.parked);
    made["trouble"] = a.trouble.empty() ? json::value(nullptr) : json::value(a.trouble);
    made["rate_per_minute"] = plain_number(a.rate_per_minute);
    made["rate_why"] = a.rate_why;
    made["has_credential"] = a.has_credential;
    made["oldest_waiting_seconds"] = age_seconds(a.oldest_waiting, now);
    made["drain_eta_seconds"] = seconds_or_null(a.drain_eta);
    made["not_before"] = time_or_null(a.not_before);
    made["last_success"] = time_or_null(a.last_success);
    made["reconciled"] = verdict_of(a);
    if (a.owner)
        made["owner"] = {
            {"node", a.owner->name.empty() ? json::value(nullptr) : json::value(a.owner->name)},
            {"is_self", a.owner->is_self},
            {"can_be_taken", a.owner->can_be_taken}};
    return made;
}

json::object left_alone(status_report const& r) {
    json::object out;
    for (auto const& left : r.left_alone)
        out[left.reason] = left.count;
    return out;
}

json::value as_json(std::optional<delivery::member_status> const& m) {
    if (!m) return nullptr;
    return {{"may_send", m->may_send},
            {"lease_left_seconds", static_cast<double>(m->lease_left.count()) / 1000},
            {"beat_seconds", static_cast<double>(m->beat_took.count()) / 1000},
            {"taken_over", m->taken_over},
            {"given_up", m->given_up},
            {"taken_in_doubt", m->taken_in_doubt}};
}

}  // namespace

std::int64_t age_seconds(wall_time since, wall_time now) {
    return since == wall_time{} || since > now ? 0
                                               : std::chrono::floor<seconds>(now - since).count();
}

json::value verdict_of(account_report const& a) {
    boost::system::error_code ec;
    auto parsed = json::parse(a.reconciled, ec);
    if (ec || !parsed.is_object()) return nullptr;
    auto& o = parsed.get_object();
    o.erase("plan");
    o.erase("dry_run");
    return parsed;
}

json::object to_json(status_report const& r) {
    json::array accounts;
    for (auto const& a : r.accounts)
        accounts.push_back(as_json(a, r.now));
    auto const& d = r.daemon;
    json::object daemon{{"running", d.is_running}};
    bool const has_answered = d.pid != 0;
    daemon["pid"] = has_answered ? json::value(d.pid) : json::value(nullptr);
    daemon["version"] = has_answered ? json::value(d.version) : json::value(nullptr);
    daemon["uptime_seconds"] = has_answered ? json::value(d.uptime_seconds) : json::value(nullptr);
    daemon["disk_full"] = d.disk_full;
    daemon["ledger_locked"] =
        d.ledger_locked.empty() ? json::value(nullptr) : json::value(d.ledger_locked);
    daemon["ledger_away"] =
        d.ledger_away.empty() ? json::value(nullptr) : json::value(d.ledger_away);
    daemon["intake_held_up"] =
        d.intake_held_up.empty() ? json::value(nullptr) : json::value(d.intake_held_up);
    daemon["unreachable"] =
        d.unreachable.empty() ? json::value(nullptr) : json::value(d.unreachable);
    daemon["stalled"] = d.stalled;
    daemon["member"] = as_json(d.member);
    bool const is_counted = r.ledger_fault.empty() || r.counted_at.has_value();
    return {{"daemon", std::move(daemon)},
            {"events", is_counted ? json::value(as_json(r.events)) : json::value()},
            {"counted_at", r.counted_at ? json::value(wall_text(*r.counted_at)) : json::value()},
            {"cluster", r.cluster ? json::value(to_json(*r.cluster)) : json::value()},
            {"ledger_fault", r.ledger_fault.empty() ? json::value() : json::value(r.ledger_fault)},
            {"in_doubt_ever", r.in_doubt_ever},
            {"files",
             {{"incoming", r.files_incoming ? json::value(*r.files_incoming) : json::value()},
              {"open", r.files_open},
              {"left_alone", left_alone(r)}}},
            {"oldest_waiting_seconds", age_seconds(r.oldest_waiting, r.now)},
            {"drain_eta_seconds", seconds_or_null(r.drain_eta)},
            {"last_success", time_or_null(r.last_success)},
            {"endpoint_parked", as_json(d.endpoint_parked)},
            {"accounts", std::move(accounts)}};
}

}  // namespace setclick::status_model
