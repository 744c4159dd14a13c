#include "status.hpp"

#include <boost/json/serialize.hpp>

#include "configuration.hpp"
#include "forecast_words.hpp"
#include "interval.hpp"
#include "node_colour.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/status_model/collect.hpp"
#include "setclickd/status_model/health.hpp"
#include "setclickd/status_model/status_json.hpp"
#include "stop_signal.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using control::count_of;
using control::flag;
using control::text;
using status_model::account_report;
using status_model::age_seconds;
using status_model::event_counts;
using status_model::name_of_node;
using status_model::park_report;
using status_model::status_report;
using status_model::sum_text;
using status_model::verdict_of;

class status_text {
public:
    status_text(status_report const& r, console const& io) : r_(r), io_(io) {}

    void all() {
        daemon();
        if (r_.cluster) nodes();
        totals();
        if (r_.daemon.endpoint_parked) park(*r_.daemon.endpoint_parked, "endpoint      ");
        for (auto const& a : r_.accounts)
            account(a);
    }

private:
    static constexpr char const* indent = "              ";
    static constexpr std::size_t most_node_lines = 8;

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
        if (!d.ledger_away.empty() || !r_.ledger_fault.empty())
            io_.out << indent << io_.on_out(colour::red, "ledger away") << ": "
                    << printable(d.ledger_away.empty() ? r_.ledger_fault : d.ledger_away, 1000)
                    << "; nothing is lost, and it goes on by itself\n";
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
        if (!r_.ledger_fault.empty())
            io_.out << "ledger        " << printable(r_.ledger_path, 4096)
                    << " cannot be asked now: what it counts is not known\n";
        else if (!r_.has_ledger)
            io_.out << "ledger        none at " << printable(r_.ledger_path, 4096)
                    << ": a first start makes it; where there was one, bring it back: the daemon "
                       "does not "
                       "start without it\n";
    }

    /// A line a node that lives or that somebody has to do with; the whole of it: `setclickd cluster`.
    void nodes() {
        auto const& c = *r_.cluster;
        io_.out << "nodes         " << sum_text(c) << "\n";
        std::size_t lines = 0;
        for (auto const& n : c.seen.nodes) {
            auto const state = state_of(n);
            bool const is_self = c.self == n.no;
            bool const has_left = !is_up(state) && state != ledger::node_state::silent;
            if (has_left && n.unfinished_files == 0 && !is_self) continue;
            if (++lines > most_node_lines && !is_self) continue;
            io_.out << indent << name_of_node(c, n.no) << (is_self ? " (this one)" : "") << ": "
                    << io_.on_out(node_colour(state), name_of(state));
            if (is_self && r_.daemon.member && is_up(state))
                io_.out << lease_text(*r_.daemon.member);
            io_.out << ", " << counted(n.owned, "account");
            if (has_left && n.unread_files > 0)
                io_.out << ", " << counted(n.unread_files, "file") << " that nobody reads";
            io_.out << "\n";
        }
        if (lines > most_node_lines) io_.out << indent << "all of them: setclickd cluster\n";
    }

    static std::string lease_text(delivery::member_status const& m) {
        if (!m.may_send) return ", its lease has ended";
        return ", lease " + duration_text(std::chrono::floor<seconds>(m.lease_left)) + ", beat " +
               std::to_string(m.beat_took.count()) + " ms";
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
        io_.out << "queue empty   " << queue_empty_text(r_) << "\n"
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
        if (a.owner && !a.owner->is_self)
            io_.out << indent
                    << (a.owner->name.empty()
                            ? io_.on_out(colour::yellow, "no owner") +
                                  (a.owner->can_be_taken
                                       ? ": a node takes it within seconds"
                                       : ": no node that lives has a token for it")
                            : "sent by node " + a.owner->name)
                    << "\n";
        if (a.is_configured)
            io_.out << indent << "rate: "
                    << (a.rate_why.empty() ? delivery::rate_text(a.rate_per_minute)
                                           : printable(a.rate_why, 500))
                    << "; empty: " << queue_empty_text(a) << "\n";
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

void print(status_report const& report, bool as_json, console const& io) {
    if (as_json)
        io.out << json::serialize(to_json(report)) << "\n";
    else
        status_text(report, io).all();
}

result<status_report> look(settings::settings const& s) {
    return collect(s, status_model::ask_daemon(s.control_socket), wall_now());
}

/// One look after the other: on a terminal each in the place of the one before, else below a line
/// with its time; as JSON a line each.
int watch(settings::settings const& s, status_options const& options, console const& io) {
    auto const interval =
        interval_from("--watch", options.interval.empty() ? "2s" : options.interval);
    if (!interval) return io.complain(interval.error());
    auto const& stop = stop_on_signal();
    for (bool is_first = true; !stop && io.out; is_first = false) {
        auto const next = std::chrono::steady_clock::now() + *interval;
        auto const report = look(s);
        if (!report && is_first) return io.complain(report.error());
        // What fails later may go well again: a ledger that another program locks for a while.
        if (!options.json && io.has_screen)
            io.out << "\x1b[H\x1b[2J" << wall_text(wall_now()) << ", every "
                   << duration_text(*interval) << "; Ctrl-C ends\n\n";
        else if (!options.json)
            io.out << (is_first ? "" : "\n") << "---- " << wall_text(wall_now()) << "\n";
        if (report)
            print(*report, options.json, io);
        else
            io.complain(report.error());
        io.out.flush();
        if (!wait_until(next, stop)) break;
    }
    return 0;
}

}  // namespace

int status(status_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    if (options.watch) return watch(read->values, options, io);
    auto const report = look(read->values);
    if (!report) return io.complain(report.error());
    print(*report, options.json, io);
    // Neither of the two that know something.
    if (!report->ledger_fault.empty() && !report->daemon.is_running)
        return static_cast<int>(exit_code::unreachable);
    if (!options.exit_code) return 0;
    status_model::health_limits limits;
    limits.are_parks_unwell = true;
    auto const why = status_model::unwell(*report, limits);
    if (!why) return 0;
    io.err << "setclickd: unwell: " << *why << "\n";
    return static_cast<int>(exit_code::failed);
}

}  // namespace setclick::cli
