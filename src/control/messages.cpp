#include "setclickd/control/messages.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "setclickd/base/version.hpp"
#include "setclickd/control/figures_message.hpp"
#include "setclickd/control/json_fields.hpp"

namespace setclick::control {
namespace {

namespace json = boost::json;

json::value time_or_null(wall_time t) {
    return t == wall_time{} ? json::value(nullptr) : json::value(wall_text(t));
}

std::int64_t seconds_until(steady_time at, steady_time now) {
    return at <= now ? 0 : std::chrono::ceil<seconds>(at - now).count();
}

json::value park_message(delivery::park const& p, std::string_view whom, steady_time now) {
    if (!p.is_on()) return nullptr;
    json::object made{{"reason", name_of(p.reason)},  {"since", time_or_null(p.since)},
                      {"text", text(p.reason)},       {"detail", p.detail},
                      {"cure", cure(p.reason, whom)}, {"probes", p.probes}};
    made["next_probe_seconds"] = p.next_probe == never
                                     ? json::value(nullptr)
                                     : json::value(seconds_until(p.next_probe, now));
    return made;
}

json::value trouble_message(delivery::trouble_view const& t, steady_time now) {
    if (!t.is_on) return nullptr;
    return json::object{{"since", time_or_null(t.since)},
                        {"failures", t.failures},
                        {"last", t.last},
                        {"next_try_seconds", seconds_until(t.next_try, now)}};
}

json::object account_message(delivery::account_delivery const& a, steady_time now) {
    return {
        {"id", a.id},
        {"parked", park_message(a.parked, a.id, now)},
        {"trouble", trouble_message(a.trouble, now)},
        {"configured_per_minute", plain_number(a.configured_per_minute)},
        {"effective_per_minute", plain_number(a.effective_per_minute)},
        {"rate_why", a.rate_why},
        {"quiet_ms", a.quiet_for.count()},
        {"delivered_per_minute", plain_number(a.delivered_per_minute)},
        {"window", a.window},
        {"in_flight", a.in_flight},
        {"ready", a.ready},
        {"has_credential", a.has_credential},
        {"waits_for", a.waits_for},
        {"rate_waited_seconds", plain_number(a.rate_waited_seconds)},
        {"permits", a.permits},
        {"token_end_ms", a.token_end ? json::value(to_ms(*a.token_end)) : json::value(nullptr)}};
}

error bad_request(std::string const& what) {
    return fail(errc::usage, "the request cannot be carried out: " + what);
}

json::object filter_message(ledger::event_filter const& f) {
    json::object made;
    if (f.event) made["event"] = f.event->value;
    if (f.state) made["state"] = ledger::name_of(*f.state);
    if (f.account) made["account"] = static_cast<std::uint64_t>(*f.account);
    if (f.file) made["file"] = static_cast<std::uint64_t>(*f.file);
    if (f.imported_before) made["imported_before_ms"] = to_ms(*f.imported_before);
    if (f.imported_since) made["imported_since_ms"] = to_ms(*f.imported_since);
    if (!f.reason.empty()) made["reason"] = f.reason;
    if (f.in_doubt_ever) made["in_doubt_ever"] = true;
    return made;
}

/// Strict: a member that is not understood would widen what is touched.
result<ledger::event_filter> filter_from(json::value const* from) {
    ledger::event_filter f;
    if (from == nullptr || !from->is_object()) return bad_request("it has no filter");
    for (auto const& [name, value] : from->get_object()) {
        auto const n = integer(*from, name);
        if (name == "event" && n && *n > 0)
            f.event = event_no{static_cast<std::uint64_t>(*n)};
        else if (name == "account" && n && *n > 0 && *n <= UINT32_MAX)
            f.account = static_cast<account_no>(*n);
        else if (name == "file" && n && *n > 0)
            f.file = static_cast<file_no>(*n);
        else if (name == "imported_before_ms" && n)
            f.imported_before = from_ms(*n);
        else if (name == "imported_since_ms" && n)
            f.imported_since = from_ms(*n);
        else if (name == "reason" && value.is_string())
            f.reason = value.get_string();
        else if (name == "in_doubt_ever" && value.is_bool())
            f.in_doubt_ever = value.get_bool();
        else if (name == "state" && value.is_string() &&
                 ledger::event_state_named(value.get_string()))
            f.state = ledger::event_state_named(value.get_string());
        else
            return bad_request("its filter has \"" + std::string(name) +
                               "\", which this daemon does not understand");
    }
    return f;
}

json::value member_message(std::optional<delivery::member_status> const& m) {
    if (!m) return nullptr;
    return {{"may_send", m->may_send},
            {"lease_left_ms", m->lease_left.count()},
            {"beat_took_ms", m->beat_took.count()},
            {"taken_over", m->taken_over},
            {"given_up", m->given_up},
            {"taken_in_doubt", m->taken_in_doubt}};
}

}  // namespace

json::object status_message(delivery::deliver_status const& s, pid_t pid, milliseconds uptime,
                            steady_time now, wall_time wall_now,
                            std::map<std::string_view, std::uint64_t> const& left_alone) {
    json::object left;
    for (auto const& [reason, count] : left_alone)
        left[reason] = count;
    json::array accounts;
    for (auto const& a : s.accounts)
        accounts.push_back(account_message(a, now));
    json::object gone;
    for (auto const& [id, waited] : s.gone_rate_waited)
        gone[id] = plain_number(waited);
    json::object since_start{{"attempts", s.attempts},
                             {"delivered", s.delivered},
                             {"rejected", s.rejected},
                             {"deferred", s.deferred},
                             {"in_doubt", s.in_doubt}};
    return {
        {"pid", pid},
        {"version", version()},
        {"uptime_seconds", uptime.count() / 1000},
        {"at", wall_text(wall_now)},
        {"disk_full", s.disk_full},
        {"ledger_locked",
         s.ledger_locked.empty() ? json::value(nullptr) : json::value(s.ledger_locked)},
        {"ledger_away", s.ledger_away.empty() ? json::value(nullptr) : json::value(s.ledger_away)},
        {"intake_held_up",
         s.intake_held_up.empty() ? json::value(nullptr) : json::value(s.intake_held_up)},
        {"unreachable", s.unreachable ? json::value(s.unreachable_why) : json::value(nullptr)},
        {"endpoint_parked", park_message(s.endpoint_parked, "--endpoint", now)},
        {"connections_open", s.connections_open},
        {"unsettled", s.unsettled},
        {"stalled", s.stalled},
        {"last_success", time_or_null(s.last_success)},
        {"since_start", std::move(since_start)},
        {"figures", figures_message(s.figures)},
        {"member", member_message(s.member)},
        {"gone_rate_waited_seconds", std::move(gone)},
        {"left_alone", std::move(left)},
        {"accounts", std::move(accounts)}};
}

json::object operate_message(ledger::operation const& what) {
    return {{"cmd", "operate"},
            {"verb", name_of(what.verb)},
            {"filter", filter_message(what.filter)},
            {"dry_run", what.dry_run},
            {"force", what.force}};
}

result<ledger::operation> operation_from(json::object const& request, std::string who) {
    json::value const all(request);
    ledger::operation made;
    auto const verb = text(all, "verb");
    bool is_known = false;
    for (auto const v :
         {ledger::operator_verb::hold, ledger::operator_verb::release, ledger::operator_verb::retry,
          ledger::operator_verb::discard, ledger::operator_verb::confirm})
        if (name_of(v) == verb) {
            made.verb = v;
            is_known = true;
        }
    if (!is_known) return bad_request("it names no verb");
    auto filter = filter_from(request.if_contains("filter"));
    if (!filter) return filter.error();
    made.filter = std::move(*filter);
    made.dry_run = flag(all, "dry_run");
    made.force = flag(all, "force");
    made.superseded_too = made.force;  // who asks here is a person
    made.who = std::move(who);
    return made;
}

json::object counts_message(ledger::operation_counts const& c) {
    return {{"touched", c.touched},
            {"in_flight", c.in_flight},
            {"needs_force", c.needs_force},
            {"maybe_received", c.maybe_received},
            {"without_contents", c.without_contents},
            {"superseded", c.superseded}};
}

ledger::operation_counts counts_from(json::value const& m) {
    return {count_of(m, "touched"),          count_of(m, "in_flight"),
            count_of(m, "needs_force"),      count_of(m, "maybe_received"),
            count_of(m, "without_contents"), count_of(m, "superseded")};
}

void add_elsewhere(json::object& answer, std::vector<account_no> const& accounts) {
    if (accounts.empty()) return;
    json::array numbers;
    for (auto const no : accounts)
        numbers.push_back(static_cast<std::uint64_t>(no));
    answer["elsewhere"] = std::move(numbers);
}

std::vector<account_no> elsewhere_in(json::value const& answer) {
    std::vector<account_no> out;
    auto const* const found = member(answer, "elsewhere");
    if (found == nullptr || !found->is_array()) return out;
    for (auto const& n : found->get_array())
        if (n.is_int64() && n.get_int64() > 0 && n.get_int64() <= UINT32_MAX)
            out.push_back(static_cast<account_no>(n.get_int64()));
    return out;
}

json::object permit_message(read_permit const& permit) {
    return {{"wait_ms", std::clamp<milliseconds>(permit.wait, 0ms, std::chrono::hours{1}).count()},
            {"events_wait", permit.events_wait}};
}

read_permit permit_from(json::value const& m) {
    return {milliseconds{count_of(m, "wait_ms")}, flag(m, "events_wait")};
}

json::object answered_message(std::string const& account, api::answer_facts const& facts,
                              milliseconds ago) {
    json::object made{{"cmd", "read-answered"},
                      {"account", account},
                      {"status", facts.status},
                      {"ago_ms", ago.count()}};
    if (facts.retry_after) made["retry_after_ms"] = facts.retry_after->count();
    if (facts.limit_per_minute) made["limit_per_minute"] = *facts.limit_per_minute;
    if (facts.remaining) made["remaining"] = *facts.remaining;
    if (facts.reset_in) made["reset_ms"] = facts.reset_in->count();
    return made;
}

read_answer answered_from(json::object const& request) {
    json::value const all(request);
    read_answer made;
    made.facts.status = static_cast<int>(integer(all, "status").value_or(0));
    if (auto const n = integer(all, "retry_after_ms")) made.facts.retry_after = milliseconds{*n};
    made.facts.limit_per_minute = number(all, "limit_per_minute");
    made.facts.remaining = integer(all, "remaining");
    if (auto const n = integer(all, "reset_ms")) made.facts.reset_in = milliseconds{*n};
    made.ago = milliseconds{count_of(all, "ago_ms")};
    return made;
}

json::object pause_message(pause_request const& what) {
    json::object made{{"cmd", what.resume ? "resume" : "pause"}};
    if (!what.account.empty()) made["account"] = what.account;
    if (what.endpoint) made["endpoint"] = true;
    if (what.all) made["all"] = true;
    if (what.accept_rejections) made["accept_rejections"] = true;
    if (what.forget_rate) made["forget_rate"] = true;
    return made;
}

result<pause_request> pause_from(json::object const& request) {
    json::value const all(request);
    pause_request made;
    made.resume = text(all, "cmd") == "resume";
    made.account = text(all, "account");
    made.endpoint = flag(all, "endpoint");
    made.all = flag(all, "all");
    made.accept_rejections = flag(all, "accept_rejections");
    made.forget_rate = flag(all, "forget_rate");
    if (int{!made.account.empty()} + int{made.endpoint} + int{made.all} != 1)
        return bad_request("it must name one account, the endpoint, or all");
    return made;
}

}  // namespace setclick::control
