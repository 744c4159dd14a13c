#include "setclickd/status_model/health.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/event/iso_time.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::status_model {
namespace {

/// A person who pauses knows it; that the pause was forgotten is news.
constexpr milliseconds deliberate = std::chrono::hours{24};

class health_search {
public:
    health_search(status_report const& r, health_limits const& limits) : r_(r), limits_(limits) {}

    std::vector<health_finding> all() {
        daemon();
        if (!found_.empty()) return std::move(found_);
        machine();
        if (limits_.are_parks_unwell) endpoint();
        if (limits_.least_free) {
            disk("ledger", r_.ledger_disk);
            disk("spool", r_.spool_disk);
        }
        if (limits_.no_file) files();
        if (limits_.are_parks_unwell) nodes();
        for (auto const& a : r_.accounts)
            account(a);
        return std::move(found_);
    }

private:
    void note(std::string key, std::string text, std::string cure = {}) {
        found_.push_back({std::move(key), std::move(text), std::move(cure)});
    }

    void daemon() {
        auto const& d = r_.daemon;
        if (!d.is_running)
            note("down",
                 "the daemon does not run: nothing is taken or delivered until it is started",
                 "systemctl start setclickd; why it ended: journalctl -u setclickd -n 50");
        else if (d.pid == 0)
            note("silent", "the daemon runs, but did not answer: " + printable(d.why_not, 500));
    }

    void machine() {
        auto const& d = r_.daemon;
        if (d.disk_full)
            note("disk_full", "the disk is full: nothing is taken until there is room");
        if (!d.intake_held_up.empty())
            note("intake_held_up", "the intake waits: " + printable(d.intake_held_up, 500));
        if (d.stalled)
            note("stalled", "deliveries are stalled by a fault of setclickd",
                 "systemctl restart setclickd, and report it with the log");
        bool const is_away = !d.ledger_away.empty() || !r_.ledger_fault.empty();
        if (limits_.are_parks_unwell && is_away)
            note("ledger_away",
                 "the ledger's server cannot be worked with: " +
                     printable(d.ledger_away.empty() ? r_.ledger_fault : d.ledger_away, 500),
                 "look at PostgreSQL, and at the network to it; it goes on by itself");
        if (limits_.are_parks_unwell && !d.ledger_locked.empty())
            note("ledger_locked",
                 "nothing can be written to the ledger: " + printable(d.ledger_locked, 500),
                 "end that program, or its transaction");
    }

    /// Of a node that others can do without nothing is unwell, but for what nobody else can do.
    void nodes() {
        auto const& m = r_.daemon.member;
        bool const is_away = !r_.daemon.ledger_away.empty() || !r_.ledger_fault.empty();
        if (m && !m->may_send && !r_.daemon.is_ending && !is_away)
            note("lease",
                 "this node's lease has ended: it sends nothing until PostgreSQL acknowledges a "
                 "beat",
                 "look at PostgreSQL, and at the network to it; it goes on by itself");
        if (!r_.cluster) return;
        std::vector<std::string> open;
        for (auto const& a : r_.accounts)
            if (a.events.pending() > 0) open.push_back(a.id);
        for (auto& f : findings_of(*r_.cluster, open))
            if (f.is == cluster_finding::weight::stuck) note(f.key, f.text, f.cure);
    }

    void disk(std::string const& what, disk_report const& disk) {
        if (!disk.free_bytes || disk.size_bytes.value_or(0) == 0) return;
        auto const share =
            static_cast<double>(*disk.free_bytes) / static_cast<double>(*disk.size_bytes);
        if (share >= *limits_.least_free) return;
        note("disk " + what,
             "the disk of the " + what + " has " + std::to_string(static_cast<int>(share * 100)) +
                 " % left",
             "make room; what setclickd keeps, and for how long: [retention]");
    }

    void files() {
        if (r_.last_file == wall_time{}) return;
        milliseconds const age{age_seconds(r_.last_file, r_.now) * 1000};
        if (age <= *limits_.no_file) return;
        note("no_file",
             "no file came for " + duration_text(age) + ", longer than " +
                 duration_text(*limits_.no_file),
             "look at the producer: its job, its transfer, its rights (setclickd doctor)");
    }

    void endpoint() {
        if (r_.daemon.endpoint_parked)
            parked("endpoint", "the endpoint", *r_.daemon.endpoint_parked);
        if (!r_.daemon.unreachable.empty())
            note("unreachable",
                 "the endpoint cannot be reached: " + printable(r_.daemon.unreachable, 500),
                 "setclickd doctor");
    }

    void parked(std::string const& key, std::string const& whom, park_report const& park) {
        note(key + " parked " + printable(park.reason),
             whom + " is parked: " + printable(park.reason), printable(park.cure, 500));
    }

    bool is_deliberate(park_report const& park) const {
        if (park.reason != "paused") return false;
        auto const since = event::parse_iso_time(park.since);
        auto const* const at = std::get_if<wall_time>(&since);
        return at != nullptr && r_.now - *at < deliberate;
    }

    void account(account_report const& a) {
        auto const id = printable(a.id);
        auto const whom = "account " + id;
        if (limits_.are_parks_unwell && a.parked && !is_deliberate(*a.parked))
            parked(id, whom, *a.parked);
        if (limits_.are_parks_unwell && !a.parked && !a.has_credential && !a.is_sent_elsewhere())
            note(id + " token", whom + " has no usable token", "setclickd token " + id);
        if (limits_.token_ends && a.token_end) token(a, id, whom);
        if (limits_.oldest_waiting && !a.parked && a.events.pending() > 0) old(a, id, whom);
        if (limits_.are_open_questions_unwell) questions(a, id, whom);
    }

    void token(account_report const& a, std::string const& id, std::string const& whom) {
        auto const left = *a.token_end - r_.now;
        // One that a login gave is renewed in time: only where that fails does it end.
        if (left >= (a.has_login ? milliseconds{0} : *limits_.token_ends)) return;
        note(id + " token ends",
             whom + (left > milliseconds{0} ? ": its token ends in " + duration_text(left)
                                            : ": its token has ended"),
             a.has_login ? "look at its login: setclickd check --online"
                         : "make a new one at SealMetrics; setclickd token " + id);
    }

    void old(account_report const& a, std::string const& id, std::string const& whom) {
        milliseconds const age{age_seconds(a.oldest_waiting, r_.now) * 1000};
        if (age <= *limits_.oldest_waiting) return;
        note(id + " old",
             whom + ": the oldest event waits for " + duration_text(age) + ", longer than " +
                 duration_text(*limits_.oldest_waiting),
             "setclickd status shows what it waits for");
    }

    void questions(account_report const& a, std::string const& id, std::string const& whom) {
        if (a.events.held > 0)
            note(id + " held",
                 whom + ": held for a person: " + grouped(a.events.held) +
                     (a.events.held == 1 ? " event" : " events"),
                 "setclickd list --state held --account " + id +
                     "; then setclickd release or setclickd discard");
        auto const verdict = verdict_of(a);
        if (verdict.is_object() && !control::flag(verdict, "agrees"))
            note(id + " differs",
                 whom + ": what was delivered and what SealMetrics recorded differ",
                 "setclickd reconcile --account " + id +
                     "; what is missing may still be counted: compare again in some hours");
    }

    status_report const& r_;
    health_limits const& limits_;
    std::vector<health_finding> found_;
};

}  // namespace

std::optional<std::string> unready(daemon_report const& daemon) {
    if (!daemon.is_running) return "the daemon does not run";
    if (daemon.pid == 0) return "the daemon does not answer";
    if (daemon.is_ending) return "the daemon ends";
    if (!daemon.stalled_disk.empty()) return "the disk does not answer";
    if (daemon.disk_full) return "the disk is full";
    if (!daemon.ledger_away.empty()) return "the ledger's server cannot be worked with";
    if (daemon.member && !daemon.member->may_send) return "this node's lease has ended";
    if (!daemon.ledger_locked.empty()) return "the ledger is locked";
    if (!daemon.intake_held_up.empty()) return "the intake waits";
    return std::nullopt;
}

std::string line_of(health_finding const& finding) {
    return finding.text + (finding.cure.empty() ? "" : "; cure: " + finding.cure);
}

std::vector<health_finding> findings_of(status_report const& report, health_limits const& limits) {
    return health_search(report, limits).all();
}

std::optional<std::string> unwell(status_report const& report, health_limits const& limits) {
    auto const found = findings_of(report, limits);
    if (found.empty()) return std::nullopt;
    return line_of(found.front());
}

}  // namespace setclick::status_model
