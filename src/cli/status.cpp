#include "status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "configuration.hpp"
#include "json_fields.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "status_report.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

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

json::value time_or_null(wall_time t) {
    return t == wall_time{} ? json::value(nullptr) : json::value(wall_text(t));
}

std::int64_t age_seconds(wall_time since, wall_time now) {
    return since == wall_time{} || since > now ? 0
                                               : std::chrono::floor<seconds>(now - since).count();
}

/// Null for none, and for one that another version wrote in its own way.
json::value verdict_of(account_report const& a) {
    boost::system::error_code ec;
    auto parsed = json::parse(a.reconciled, ec);
    if (ec || !parsed.is_object()) return nullptr;
    auto& o = parsed.get_object();
    o.erase("plan");
    o.erase("dry_run");
    return parsed;
}

json::object as_json(account_report const& a, wall_time now) {
    json::object made{
        {"id", printable(a.id)}, {"configured", a.is_configured}, {"events", as_json(a.events)}};
    made["in_doubt_ever"] = a.in_doubt_ever;
    made["parked"] = as_json(a.parked);
    made["trouble"] = a.trouble.empty() ? json::value(nullptr) : json::value(a.trouble);
    made["rate_per_minute"] = plain_number(a.rate_per_minute);
    made["rate_why"] = a.rate_why;
    made["has_credential"] = a.has_credential;
    made["oldest_waiting_seconds"] = age_seconds(a.oldest_waiting, now);
    made["drain_eta_seconds"] = seconds_or_null(a.drain_eta);
    made["last_success"] = time_or_null(a.last_success);
    made["reconciled"] = verdict_of(a);
    return made;
}

json::object as_json(status_report const& r) {
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
    daemon["unreachable"] =
        d.unreachable.empty() ? json::value(nullptr) : json::value(d.unreachable);
    return {{"daemon", std::move(daemon)},
            {"events", as_json(r.events)},
            {"in_doubt_ever", r.in_doubt_ever},
            {"files",
             {{"incoming", r.files_incoming ? json::value(*r.files_incoming) : json::value()},
              {"open", r.files_open}}},
            {"oldest_waiting_seconds", age_seconds(r.oldest_waiting, r.now)},
            {"drain_eta_seconds", seconds_or_null(r.drain_eta)},
            {"last_success", time_or_null(r.last_success)},
            {"endpoint_parked", as_json(d.endpoint_parked)},
            {"accounts", std::move(accounts)}};
}

class status_text {
public:
    status_text(status_report const& r, console const& io) : r_(r), io_(io) {}

    void all() {
        daemon();
        totals();
        if (r_.daemon.endpoint_parked) park(*r_.daemon.endpoint_parked, "endpoint      ");
        for (auto const& a : r_.accounts)
            account(a);
    }

private:
    static constexpr char const* indent = "              ";

    void daemon() {
        auto const& d = r_.daemon;
        io_.out << "daemon        ";
        if (d.pid != 0)
            io_.out << io_.on_out(colour::green, "runs") << " (pid " << d.pid << ", version "
                    << printable(d.version) << ", for "
                    << duration_text(milliseconds{d.uptime_seconds * 1000}) << ")\n";
        else if (d.is_running)
            io_.out << io_.on_out(colour::yellow, "runs, but did not answer") << ": "
                    << printable(d.why_not, 1000) << "\n";
        else
            io_.out << io_.on_out(colour::red, "does not run")
                    << ": nothing is taken or delivered until it is started\n";
        if (d.disk_full)
            io_.out << indent << io_.on_out(colour::red, "disk full")
                    << ": it goes on when there is room\n";
        if (!d.unreachable.empty())
            io_.out << indent << io_.on_out(colour::red, "endpoint unreachable") << ": "
                    << printable(d.unreachable, 1000) << "\n";
        if (!r_.has_ledger)
            io_.out << "ledger        none at " << printable(r_.ledger_path, 4096)
                    << ": a first start makes it; where there was one, bring it back: the daemon "
                       "does not "
                       "start without it\n";
    }

    static std::string open_counts(event_counts const& c) {
        return grouped(c.waiting) + " waiting, " + grouped(c.in_flight) + " in flight, " +
               grouped(c.deferred) + " deferred, " + grouped(c.in_doubt) + " in doubt, " +
               grouped(c.held) + " held";
    }
    static std::string final_counts(event_counts const& c) {
        return grouped(c.delivered) + " delivered, " + grouped(c.rejected) + " rejected, " +
               grouped(c.duplicate) + " duplicate, " + grouped(c.discarded) + " discarded";
    }

    std::string ago(wall_time t) const {
        return t == wall_time{}
                   ? "never"
                   : wall_text(t) + " (" +
                         duration_text(milliseconds{age_seconds(t, r_.now) * 1000}) + " ago)";
    }

    static std::string eta(std::optional<milliseconds> d, bool is_parked) {
        if (is_parked) return "not while it is parked";
        if (!d) return "no forecast yet";
        return d->count() == 0 ? "nothing waits" : "about " + delivery::about_text(*d);
    }

    void totals() {
        auto const incoming = r_.files_incoming;
        io_.out << "files         " << (incoming ? grouped(*incoming) : "unknown")
                << (incoming == most_incoming ? " or more" : "") << " in incoming/, "
                << grouped(r_.files_open) << " not finished\n"
                << "events        " << open_counts(r_.events) << "\n"
                << indent << final_counts(r_.events) << "\n";
        if (r_.in_doubt_ever > 0)
            io_.out << indent << counted(r_.in_doubt_ever, "attempt")
                    << " in doubt since the ledger began\n";
        if (r_.events.pending() > 0)
            io_.out << "oldest        waits for "
                    << duration_text(milliseconds{age_seconds(r_.oldest_waiting, r_.now) * 1000})
                    << "\n";
        io_.out << "queue empty   " << eta(r_.drain_eta, false) << "\n"
                << "last success  " << ago(r_.last_success) << "\n";
    }

    void park(park_report const& p, std::string_view head) {
        io_.out << head << io_.on_out(colour::red, "parked: " + p.reason) << " since "
                << printable(p.since) << ": " << printable(p.text, 500);
        if (!p.detail.empty()) io_.out << " [" << printable(p.detail, 500) << "]";
        if (p.next_probe_seconds) io_.out << "; next probe in " << *p.next_probe_seconds << " s";
        io_.out << "\n" << indent << "cure: " << printable(p.cure, 500) << "\n";
    }

    void account(account_report const& a) {
        io_.out << "account       " << printable(a.id);
        if (!a.is_configured)
            io_.out << io_.on_out(colour::yellow, " (not in the configuration: its events wait)");
        io_.out << "\n"
                << indent << open_counts(a.events) << "\n"
                << indent << final_counts(a.events) << "\n";
        if (a.is_configured)
            io_.out << indent << "rate: "
                    << (a.rate_why.empty() ? delivery::rate_text(a.rate_per_minute)
                                           : printable(a.rate_why, 500))
                    << "; empty: "
                    << eta(a.drain_eta, a.parked.has_value() && a.events.pending() > 0) << "\n";
        if (!a.has_credential)
            io_.out << indent << io_.on_out(colour::red, "no credential")
                    << ": its token cannot be read\n";
        if (!a.trouble.empty())
            io_.out << indent << io_.on_out(colour::yellow, "trouble") << ": "
                    << printable(a.trouble, 500) << "\n";
        reconciled(a);
        if (a.parked) park(*a.parked, indent);
    }

    void reconciled(account_report const& a) {
        auto const v = verdict_of(a);
        if (!v.is_object()) return;
        bool const agrees = flag(v, "agrees");
        std::string found;
        for (std::string_view const what : {"missing", "surplus", "ambiguous"})
            if (auto const n = count_of(v, what); n > 0)
                found += (found.empty() ? "" : ", ") + grouped(n) + " " + std::string(what);
        io_.out << indent << "reconciled at " << printable(text(v, "at")) << ": "
                << (agrees ? "agrees" : io_.on_out(colour::yellow, "differs: " + found)) << " ("
                << printable(text(v, "first_day")) << " to " << printable(text(v, "last_day"))
                << ", " << grouped(count_of(v, "delivered")) << " delivered, "
                << grouped(count_of(v, "recorded")) << " recorded)\n";
    }

    status_report const& r_;
    console const& io_;
};

}  // namespace

int status(status_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const now = wall_now();
    auto const report = gather_status(read->values, now);
    if (!report) return io.complain(report.error());
    if (options.json)
        io.out << json::serialize(as_json(*report)) << "\n";
    else
        status_text(*report, io).all();
    return 0;
}

}  // namespace setclick::cli
