#include "status_report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <limits>
#include <map>

#include "configuration.hpp"
#include "json_fields.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using ledger::event_state;

constexpr milliseconds patience{3000};

event_counts counts_of(std::array<std::uint64_t, ledger::event_state_count> const& states) {
    auto const at = [&](event_state s) { return states[static_cast<std::size_t>(s)]; };
    event_counts c;
    c.waiting = at(event_state::waiting);
    c.in_flight = at(event_state::in_flight);
    c.deferred = at(event_state::deferred);
    c.held = at(event_state::held);
    c.delivered = at(event_state::delivered);
    c.rejected = at(event_state::rejected);
    c.discarded = at(event_state::discarded);
    return c;
}

std::optional<park_report> park_from(json::value const* live) {
    if (live == nullptr || !live->is_object()) return std::nullopt;
    return park_report{text(*live, "reason"), text(*live, "text"),
                       text(*live, "detail"), text(*live, "cure"),
                       text(*live, "since"),  integer(*live, "next_probe_seconds")};
}

/// From the ledger's note, while the daemon is down.
std::optional<park_report> park_from_note(std::string const& note, std::string const& id) {
    auto const state = delivery::account_state_from_text(note);
    if (!state) return std::nullopt;
    bool const is_paused = state->paused_ms != 0;
    auto const reason = is_paused ? delivery::park_reason::paused : state->parked.reason;
    if (reason == delivery::park_reason::none) return std::nullopt;
    auto const since = from_ms(is_paused ? state->paused_ms : state->parked.since_ms);
    return park_report{
        name_of(reason),  delivery::text(reason), is_paused ? "" : state->parked.detail,
        cure(reason, id), wall_text(since),       {}};
}

/// Nothing where this user may not look.
std::optional<std::uint64_t> count_incoming(std::string const& spool_dir) {
    std::uint64_t count = 0;
    std::error_code ec;
    std::filesystem::directory_iterator at(spool_dir + "/incoming", ec);
    if (ec) return ec == std::errc::no_such_file_or_directory ? std::optional(count) : std::nullopt;
    for (; at != std::filesystem::directory_iterator() && count < most_incoming && !ec;
         at.increment(ec))
        if (spool::kind_of(at->path().filename().native()) == spool::name_kind::take) ++count;
    return count;
}

class gathering {
public:
    gathering(settings::settings const& s, wall_time now) : s_(s) { r_.now = now; }

    result<status_report> all() {
        ask_daemon();
        if (auto read = read_ledger(); !read) return read.error();
        add_unknown_accounts();
        r_.files_incoming = count_incoming(s_.spool.dir);
        forecast();
        return std::move(r_);
    }

private:
    void ask_daemon() {
        auto& d = r_.daemon;
        auto client = control::client::connect(s_.control_socket);
        auto answer = client ? client->call({{"cmd", "status"}}, patience)
                             : result<json::value>(client.error());
        if (!answer) {
            d.why_not = answer.error().message;
            // It is there, but does not talk to this user, or not in time: what the ledger says is
            // still of a running daemon, and that it does not answer is what must be seen.
            d.is_running = client.has_value() || client.error().code == errc::refused ||
                           client.error().code == errc::busy;
            return;
        }
        live_ = std::move(*answer);
        d.is_running = true;
        d.pid = integer(live_, "pid").value_or(0);
        d.version = text(live_, "version");
        d.uptime_seconds = integer(live_, "uptime_seconds").value_or(0);
        d.disk_full = flag(live_, "disk_full");
        d.unreachable = text(live_, "unreachable");
        d.connections_open = integer(live_, "connections_open").value_or(0);
        d.endpoint_parked = park_from(member(live_, "endpoint_parked"));
        if (auto const* list = member(live_, "accounts"); list != nullptr && list->is_array())
            for (auto const& a : list->get_array())
                live_accounts_[text(a, "id")] = &a;
    }

    /// Without a daemon nothing is in flight: what the ledger calls so was cut short.
    void mend(event_counts& c) const {
        if (r_.daemon.is_running) return;
        c.in_doubt = c.in_flight;
        c.in_flight = 0;
    }

    result<void> read_ledger() {
        r_.ledger_path = s_.ledger.path;
        auto reader = ledger::reader::open(s_.ledger.path);
        if (!reader && reader.error().code == errc::not_found) return {};
        if (!reader) return reader.error();
        auto const totals = reader->totals();
        if (!totals) return totals.error();
        auto const accounts = reader->accounts();
        if (!accounts) return accounts.error();
        r_.has_ledger = true;
        r_.events = counts_of(totals->counts);
        mend(r_.events);
        r_.events.rejected += totals->refused;
        r_.events.duplicate = totals->duplicate;
        r_.in_doubt_ever = totals->in_doubt_ever;
        r_.files_open = totals->files_open;
        r_.oldest_waiting = totals->oldest_waiting;
        r_.last_success = totals->last_delivered;
        auto const verdicts = reader->verdicts();
        if (!verdicts) return verdicts.error();
        for (auto const& a : *accounts) {
            r_.accounts.push_back(account(a));
            for (auto const& [no, note] : *verdicts)
                if (no == a.no) r_.accounts.back().reconciled = note;
        }
        return {};
    }

    account_report account(ledger::account_info const& known) {
        account_report a;
        a.id = known.id;
        a.events = counts_of(known.counts);
        mend(a.events);
        a.events.duplicate = known.duplicate;
        a.in_doubt_ever = known.in_doubt_ever;
        a.last_success = known.last_delivered;
        a.oldest_waiting = known.oldest_waiting;
        a.next_due = known.next_due;
        a.parked = park_from_note(known.state, known.id);
        complete(a);
        return a;
    }

    /// What configuration and daemon know about it.
    void complete(account_report& a) {
        auto const configured = std::find_if(s_.accounts.begin(), s_.accounts.end(),
                                             [&](auto const& c) { return c.id == a.id; });
        a.is_configured = configured != s_.accounts.end();
        if (a.is_configured) a.rate_per_minute = effective_rate(s_, *configured);
        auto const live = live_accounts_.find(a.id);
        if (live == live_accounts_.end()) return;
        auto const& l = *live->second;
        a.parked = park_from(member(l, "parked"));
        a.rate_per_minute =
            number(l, "effective_per_minute").value_or(std::numeric_limits<double>::infinity());
        if (s_.endpoint.rate_per_minute > 0)
            a.rate_per_minute = std::min(a.rate_per_minute, s_.endpoint.rate_per_minute);
        a.rate_why = text(l, "rate_why");
        a.delivered_per_minute = number(l, "delivered_per_minute").value_or(0);
        a.has_credential = flag(l, "has_credential");
        if (auto const* t = member(l, "trouble"); t != nullptr && t->is_object())
            a.trouble = text(*t, "last") + ", " + std::to_string(count_of(*t, "failures")) +
                        " failures since " + text(*t, "since") + ", next try in " +
                        std::to_string(count_of(*t, "next_try_seconds")) + " s";
    }

    void add_unknown_accounts() {
        for (auto const& c : s_.accounts) {
            if (std::any_of(r_.accounts.begin(), r_.accounts.end(),
                            [&](auto const& a) { return a.id == c.id; }))
                continue;
            account_report a;
            a.id = c.id;
            complete(a);
            r_.accounts.push_back(std::move(a));
        }
    }

    void forecast() {
        r_.drain_eta = milliseconds{0};
        for (auto& a : r_.accounts) {
            bool const can_drain = a.is_configured && !a.parked && !r_.daemon.endpoint_parked &&
                                   !r_.daemon.disk_full && r_.daemon.unreachable.empty();
            if (a.events.pending() == 0)
                a.drain_eta = milliseconds{0};
            else if (can_drain)
                a.drain_eta = delivery::drain_eta(a.events.pending(), a.rate_per_minute,
                                                  a.delivered_per_minute);
            // Deferred events end no sooner than they are due.
            if (a.drain_eta && a.events.deferred > 0 && a.next_due > r_.now)
                a.drain_eta = std::max(*a.drain_eta, milliseconds(a.next_due - r_.now));
            if (!a.drain_eta || !r_.drain_eta)
                r_.drain_eta.reset();
            else
                r_.drain_eta = std::max(*r_.drain_eta, *a.drain_eta);
        }
        if (r_.drain_eta && s_.endpoint.rate_per_minute > 0)
            r_.drain_eta = std::max(
                *r_.drain_eta, delivery::drain_eta(r_.events.pending(), s_.endpoint.rate_per_minute)
                                   .value_or(milliseconds{0}));
    }

    settings::settings const& s_;
    status_report r_;
    json::value live_;
    std::map<std::string, json::value const*> live_accounts_;
};

}  // namespace

result<status_report> gather_status(settings::settings const& s, wall_time now) {
    return gathering(s, now).all();
}

}  // namespace setclick::cli
