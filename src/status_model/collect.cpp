#include "setclickd/status_model/collect.hpp"
#include "setclickd/setup/ledger.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "setclickd/base/text.hpp"
#include "setclickd/csv/profiles.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/spool/incoming_view.hpp"
#include "setclickd/spool/node_identity.hpp"

namespace setclick::status_model {
namespace {

using ledger::event_state;

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

taken_back_counts taken_back_of(
    std::array<std::uint64_t, ledger::event_state_count> const& states) {
    auto const at = [&](event_state s) { return states[static_cast<std::size_t>(s)]; };
    return {at(event_state::delivered), at(event_state::rejected), at(event_state::discarded)};
}

disk_report disk_of(std::string const& path) {
    struct statvfs found {};
    if (::statvfs(path.c_str(), &found) != 0) return {};
    return {std::uint64_t{found.f_bavail} * found.f_frsize,
            std::uint64_t{found.f_blocks} * found.f_frsize};
}

std::uint64_t bytes_of(std::string const& path) {
    std::error_code ec;
    auto const size = std::filesystem::file_size(path, ec);
    return ec ? 0 : size;
}

/// What only the daemon finds out, by trying.
constexpr std::array known_to_the_daemon{spool::left_reason::unreadable,
                                         spool::left_reason::cannot_move,
                                         spool::left_reason::open_for_writing};

class gathering {
public:
    gathering(settings::settings const& s, live_status const& live, wall_time now)
        : s_(s), live_(live) {
        r_.now = now;
        r_.daemon = live.daemon;
        for (std::size_t i = 0; i < s.accounts.size(); ++i)
            places_.emplace(s.accounts[i].id, i);
    }

    result<status_report> all() {
        if (auto read = read_ledger(); !read) return read.error();
        add_unknown_accounts();
        look_into_incoming();
        look_at_disks();
        forecast();
        return std::move(r_);
    }

private:
    /// Without a daemon nothing is in flight: what the ledger calls so was cut short.
    void mend(event_counts& c) const {
        if (r_.daemon.is_running) return;
        c.in_doubt = c.in_flight;
        c.in_flight = 0;
    }

    result<void> read_ledger() {
        auto const where = setup::ledger_place_of(s_);
        r_.ledger_path = where.shown();
        auto read = read_ledger(where);
        if (read || !where.is_in_postgres() || read.error().code != errc::unreachable) return read;
        // What the daemon knows is shown all the same.
        r_.has_ledger = false;
        r_.ledger_fault = read.error().message;
        return {};
    }

    result<void> read_ledger(ledger::place const& where) {
        auto opened = ledger::reader::open(where);
        std::error_code ec;
        if (!opened && r_.daemon.is_running && !where.is_in_postgres() &&
            !std::filesystem::exists(s_.ledger.path, ec) && !ec)
            return fail(errc::io, "the daemon runs, and its ledger " +
                                      printable(s_.ledger.path, 4096) +
                                      " is gone: it was removed or moved away. The daemon notices "
                                      "that within a minute, saves what it still has beside that "
                                      "place, and ends");
        if (!opened && opened.error().code == errc::not_found) return {};
        if (!opened) return opened.error();
        auto* const reader = opened->get();
        auto const totals = reader->totals();
        if (!totals) return totals.error();
        r_.has_ledger = true;
        r_.events = counts_of(totals->counts);
        mend(r_.events);
        r_.events.rejected += totals->refused;
        r_.events.duplicate = totals->duplicate;
        r_.in_doubt_ever = totals->in_doubt_ever;
        r_.refused_without_account = totals->refused;
        r_.starts = totals->run;
        r_.files_open = totals->files_open;
        r_.last_file = totals->last_file;
        r_.oldest_waiting = totals->oldest_waiting;
        r_.last_success = totals->last_delivered;
        auto const verdicts = reader->verdicts();
        if (!verdicts) return verdicts.error();
        std::unordered_map<account_no, std::string_view> verdict_of;
        for (auto const& [no, note] : *verdicts)
            verdict_of[no] = note;
        for (auto const& a : totals->accounts) {
            r_.accounts.push_back(account(a));
            r_.refused_without_account -= std::min(r_.refused_without_account, a.refused);
            if (auto const found = verdict_of.find(a.no); found != verdict_of.end())
                r_.accounts.back().reconciled = found->second;
        }
        return where.is_in_postgres() ? read_cluster(*reader, where, totals->accounts)
                                      : result<void>{};
    }

    /// `known`: the accounts, in the order of those in the report.
    result<void> read_cluster(ledger::reader& reader, ledger::place const& where,
                              std::vector<ledger::account_info> const& known) {
        auto seen = reader.cluster();
        if (!seen) return seen.error();
        r_.cluster.emplace();
        r_.cluster->seen = std::move(*seen);
        r_.cluster->self = own_node(r_.cluster->seen, where);
        std::unordered_map<std::string_view, ledger::account_owner const*> owners;
        for (auto const& o : r_.cluster->seen.owners)
            owners.emplace(o.id, &o);
        for (std::size_t i = 0; i < r_.accounts.size(); ++i) {
            auto& a = r_.accounts[i];
            auto const found = owners.find(a.id);
            if (found == owners.end()) continue;
            a.owner = owner_of(*r_.cluster, *found->second);
            if (!a.is_sent_elsewhere()) continue;
            // What this daemon knows of it is from before it left.
            a.parked = park_from_note(known[i].state, a.id);
            a.trouble.clear();
        }
        return {};
    }

    /// By the identity in its spool; a user who may not read that knows the name only.
    std::optional<int> own_node(ledger::cluster_view const& seen,
                                ledger::place const& where) const {
        auto const id = spool::node_id_of(s_.spool.dir);
        std::optional<int> named;
        for (auto const& n : seen.nodes) {
            if (id && n.id == *id) return n.no;
            if (n.name == where.node_name && !n.is_forgotten) named = n.no;
        }
        return id ? std::nullopt : named;
    }

    account_report account(ledger::account_info const& known) {
        account_report a;
        a.id = known.id;
        a.events = counts_of(known.counts);
        mend(a.events);
        a.events.duplicate = known.duplicate;
        a.refused_lines = known.refused;
        a.taken_back = taken_back_of(known.taken_back);
        a.in_doubt_ever = known.in_doubt_ever;
        a.last_success = known.last_delivered;
        a.oldest_waiting = known.oldest_waiting;
        a.next_due = known.next_due;
        if (!live_.accounts.contains(known.id)) a.parked = park_from_note(known.state, known.id);
        complete(a);
        return a;
    }

    /// What configuration and daemon know about it.
    void complete(account_report& a) {
        auto const place = places_.find(a.id);
        a.is_configured = place != places_.end();
        if (a.is_configured) {
            auto const& configured = s_.accounts[place->second];
            a.place = place->second;
            a.has_login = configured.login.has_value();
            a.rate_per_minute = setup::effective_rate(s_, configured);
        }
        a.configured_per_minute = a.rate_per_minute;
        if (auto const gone = live_.gone_rate_waited.find(a.id);
            gone != live_.gone_rate_waited.end())
            a.rate_waited_seconds = gone->second;
        auto const known = live_.accounts.find(a.id);
        if (known == live_.accounts.end()) return;
        auto const& live = known->second;
        a.parked = live.parked;
        a.rate_per_minute = live.effective_per_minute;
        if (s_.endpoint.rate_per_minute > 0)
            a.rate_per_minute = std::min(a.rate_per_minute, s_.endpoint.rate_per_minute);
        a.rate_why = live.rate_why;
        if (live.quiet_for > milliseconds{0}) a.not_before = r_.now + live.quiet_for;
        a.delivered_per_minute = live.delivered_per_minute;
        a.has_credential = live.has_credential;
        a.rate_waited_seconds = live.rate_waited_seconds;
        a.permits = live.permits;
        a.token_end = live.token_end;
        a.trouble = live.trouble;
    }

    void add_unknown_accounts() {
        std::unordered_set<std::string> known;
        for (auto const& a : r_.accounts)
            known.insert(a.id);
        for (auto const& c : s_.accounts) {
            if (known.contains(c.id)) continue;
            account_report a;
            a.id = c.id;
            complete(a);
            r_.accounts.push_back(std::move(a));
        }
    }

    void look_into_incoming() {
        auto const tables = setup::csv_rules_of(s_).known;
        auto seen = spool::look_into_incoming(
            s_.spool.dir, s_.spool.max_file,
            [&tables](std::string_view name) { return tables->has_match(name); });
        r_.files_incoming = seen ? std::optional(seen->to_take) : std::nullopt;
        if (!seen) seen.emplace();
        r_.incoming_is_cut = seen->is_cut;
        for (auto const reason : known_to_the_daemon) {
            auto const at = static_cast<std::size_t>(reason);
            seen->left[at] = live_.left_alone[at];
            if (r_.files_incoming)
                *r_.files_incoming -= std::min(*r_.files_incoming, seen->left[at]);
        }
        for (std::size_t i = 0; i < seen->left.size(); ++i) {
            auto const reason = static_cast<spool::left_reason>(i);
            r_.left_alone.push_back({std::string(spool::name_of(reason)),
                                     std::string(spool::text_of(reason)), seen->left[i]});
        }
    }

    void look_at_disks() {
        r_.spool_disk = disk_of(s_.spool.dir);
        if (!s_.ledger.postgres.empty()) return;  // the server's are not ours to know
        auto const ledger = std::filesystem::path(s_.ledger.path);
        r_.ledger_disk = disk_of(ledger.has_parent_path() ? ledger.parent_path().string() : ".");
        r_.ledger_bytes = bytes_of(s_.ledger.path) + bytes_of(s_.ledger.path + "-wal");
    }

    void forecast() {
        r_.drain_eta = milliseconds{0};
        for (auto& a : r_.accounts) {
            bool const can_drain =
                a.is_configured && !a.parked && a.trouble.empty() && a.has_credential &&
                a.not_before == wall_time{} && !r_.daemon.endpoint_parked && !r_.daemon.disk_full &&
                r_.daemon.ledger_locked.empty() && r_.daemon.ledger_away.empty() &&
                r_.ledger_fault.empty() && r_.daemon.unreachable.empty();
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
    live_status const& live_;
    std::unordered_map<std::string_view, std::size_t> places_;  // in the configuration, by the id
    status_report r_;
};

}  // namespace

result<status_report> collect(settings::settings const& s, live_status const& live, wall_time now) {
    return gathering(s, live, now).all();
}

}  // namespace setclick::status_model
