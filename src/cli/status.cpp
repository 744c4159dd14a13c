#include "status.hpp"

#include <boost/json/serialize.hpp>

#include "configuration.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/status_model/collect.hpp"
#include "setclickd/status_model/health.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using control::count_of;
using control::flag;
using control::text;
using status_model::account_report;
using status_model::age_seconds;
using status_model::event_counts;
using status_model::park_report;
using status_model::status_report;
using status_model::verdict_of;

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
        if (!d.ledger_locked.empty())
            io_.out << indent << io_.on_out(colour::red, "ledger locked") << ": "
                    << printable(d.ledger_locked, 1000) << "\n";
        if (!d.intake_held_up.empty())
            io_.out << indent << io_.on_out(colour::red, "intake waits") << ": "
                    << printable(d.intake_held_up, 1000)
                    << "; nothing is lost, and it goes on by itself\n";
        if (!d.unreachable.empty())
            io_.out << indent << io_.on_out(colour::red, "endpoint unreachable") << ": "
                    << printable(d.unreachable, 1000) << "\n";
        if (d.stalled)
            io_.out << indent << io_.on_out(colour::red, "stalled")
                    << ": events waited and nothing would have woken them, which is a fault of "
                       "setclickd; they were woken\n"
                    << indent
                    << "cure: if this lasts, setclickd ends by its watchdog and systemd starts it "
                       "again (at once: systemctl restart setclickd); please report it with the "
                       "log\n";
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

    /// Why nothing is forecast for an account; empty: for no reason that is known.
    static std::string no_forecast(account_report const& a) {
        if (a.parked) return "not while it is parked";
        if (a.not_before != wall_time{})
            return "not before " + wall_text(a.not_before) + ", as the server asked";
        if (!a.has_credential) return "not without a token";
        if (!a.trouble.empty()) return "no forecast while deliveries fail";
        return {};
    }
    /// Of all accounts: that of the first which has one.
    std::string no_forecast() const {
        if (r_.daemon.endpoint_parked) return "not while the endpoint is parked";
        if (!r_.daemon.unreachable.empty()) return "not while the endpoint is unreachable";
        if (r_.daemon.disk_full) return "not while the disk is full";
        for (auto const& a : r_.accounts)
            if (a.events.pending() > 0 && !a.drain_eta)
                if (auto why = no_forecast(a); !why.empty()) return why;
        return {};
    }

    static std::string eta(std::optional<milliseconds> d, std::string const& why_not) {
        if (!d) return why_not.empty() ? "no forecast yet" : why_not;
        return d->count() == 0 ? "nothing waits" : "about " + delivery::about_text(*d);
    }

    void totals() {
        auto const incoming = r_.files_incoming;
        io_.out << "files         " << (incoming ? grouped(*incoming) : "unknown")
                << (r_.incoming_is_cut ? " or more" : "") << " in incoming/, "
                << grouped(r_.files_open) << " not finished\n";
        for (auto const& left : r_.left_alone)
            if (left.count > 0)
                io_.out << indent << "left alone: " << grouped(left.count) << " " << left.text
                        << "\n";
        io_.out << "events        " << open_counts(r_.events) << "\n"
                << indent << final_counts(r_.events) << "\n";
        if (r_.in_doubt_ever > 0)
            io_.out << indent << counted(r_.in_doubt_ever, "attempt")
                    << " in doubt since the ledger began\n";
        if (r_.events.pending() > 0)
            io_.out << "oldest        waits for "
                    << duration_text(milliseconds{age_seconds(r_.oldest_waiting, r_.now) * 1000})
                    << "\n";
        io_.out << "queue empty   " << eta(r_.drain_eta, no_forecast()) << "\n"
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
                    << "; empty: " << eta(a.drain_eta, no_forecast(a)) << "\n";
        if (!a.has_credential)
            io_.out << indent << io_.on_out(colour::red, "no credential")
                    << ": its token cannot be read (the log has the reason); cure: setclickd token "
                    << printable(a.id) << "\n";
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
    auto const report =
        collect(read->values, status_model::ask_daemon(read->values.control_socket), now);
    if (!report) return io.complain(report.error());
    if (options.json)
        io.out << json::serialize(to_json(*report)) << "\n";
    else
        status_text(*report, io).all();
    if (!options.exit_code) return 0;
    auto const why =
        status_model::unwell(*report, {.are_parks_unwell = true, .oldest_waiting = {}});
    if (!why) return 0;
    io.err << "setclickd: unwell: " << *why << "\n";
    return static_cast<int>(exit_code::failed);
}

}  // namespace setclick::cli
