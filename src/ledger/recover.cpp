#include <algorithm>

#include "crash_notes.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "sqlite_store.hpp"

namespace setclick::ledger {
namespace {

constexpr std::string_view restart_reason = "restart";
constexpr std::string_view crash_reason = "crash";

}  // namespace

/// Of a claim that an earlier run left: delivered where settled, else in doubt.
void sqlite_store::end_claim(span_row const& claim, wall_time now, bool aborted, recovery& out) {
    auto& account = t_->accounts.at(event_no{claim.first}.account());
    attempt_row row;
    row.kind = attempt_kind::restart;
    row.at = to_ms(now);
    row.in_doubt = true;
    row.reason = aborted ? crash_reason : restart_reason;
    for (auto id = claim.first; id <= claim.last; ++id) {
        // Its settled part becomes delivered by itself, once nothing beside it is in flight.
        if (claim.is_settled(id)) continue;
        span_state to;
        to.failed = true;
        bool const holds = claim.is.policy == doubt_policy::hold;
        bool const poison = aborted && claim.is.failed &&
                            t_->attempts.restarts_in_a_row(id, crash_reason) + 1 >= aborts_to_hold;
        if (holds || poison) {
            to.state = event_state::held;
            to.reason = poison ? crash_reason : "in-doubt";
            to.at = to_ms(now) / 1000 * 1000;
        }
        row.state = to.state;
        t_->attempts.add(id, row, claim.is.failed);
        t_->spans.carve(id, id, event_state::in_flight, to, to_ms(now));
        t_->accounts.move(account, event_state::in_flight, to.state, 1);
        ++account.in_doubt_ever;
        ++out.in_doubt;
        if (out.in_doubt_of.empty() || out.in_doubt_of.back().first != account.no)
            out.in_doubt_of.emplace_back(account.no, 0);
        ++out.in_doubt_of.back().second;
        ++(to.state == event_state::held ? out.held : out.resent);
    }
}

/// Of what was being read at the daemon's own faults: the lines that are not to be read again.
std::vector<reading_place> sqlite_store::note_crash(last_end const& end) {
    constexpr std::string_view key = "crash_lines";
    auto const before = meta_text(key);
    crash_notes notes(before);
    notes.add(end);
    if (!notes.is_empty()) notes.forget_passed(t_->files.not_done());
    if (auto const after = notes.text(); after != before)
        t_->update_meta.run(key, std::string_view(after));
    return notes.set_aside();
}

result<recovery> sqlite_store::recover(wall_time now, last_end const& end) {
    auto const is_copy = look([&] { return meta(copy_mark) != 0; });
    if (!is_copy) return is_copy.error();
    if (*is_copy && !adopting_)
        return fail(
            errc::io,
            "the ledger " + printable(options_.path, 4096) +
                " is a copy (setclickd ledger backup): what was delivered since is not in it. Run "
                "`setclickd ledger adopt`; nothing was touched");
    auto found = change(purpose::settle, "ledger.recover", [&] {
        recovery out;
        if (!recovered_) {
            set_meta("run", static_cast<std::int64_t>(run_ + 1));
            out.crash_lines = note_crash(end);
        }
        std::vector<span_row> claims;
        {
            auto const current = recovered_ ? run_ : run_ + 1;
            auto rows = t_->in_flight_spans.rows(current);
            while (rows.next())
                claims.push_back(span_from(rows));
        }
        for (auto const& claim : claims)
            end_claim(claim, now, end.aborted && !end.by_reading, out);
        return out;
    });
    if (!found) return found;
    if (!recovered_) ++run_;
    recovered_ = true;
    return look([&] {
        auto out = std::move(*found);
        out.run = run_;
        out.files = t_->files.not_done();
        {
            auto rows = t_->select_note.rows(account_no{0});
            if (rows.next()) out.endpoint_note = rows.text(0);
        }
        for (auto const& a : t_->accounts.all())
            out.accounts.push_back(info_of(a));
        return out;
    });
}

account_info sqlite_store::info_of(account_row const& a) {
    account_info out;
    out.no = a.no;
    out.id = a.id;
    {
        auto rows = t_->select_note.rows(a.no);
        if (rows.next()) out.state = rows.text(0);
    }
    out.counts = a.counts;
    out.duplicate = a.duplicate;
    out.refused = a.refused;
    out.in_doubt_ever = a.in_doubt_ever;
    out.last_delivered = from_ms(a.last_delivered);
    if (a.counts[static_cast<std::size_t>(event_state::deferred)] > 0) tell_due(a.no, out);
    std::uint64_t oldest = 0;
    // What is held waits for a person, not for us: a stall is something else.
    for (auto const state : {event_state::waiting, event_state::in_flight, event_state::deferred}) {
        if (a.counts[static_cast<std::size_t>(state)] == 0) continue;
        auto rows = t_->oldest_pending.rows(a.no, state);
        if (!rows.next() || rows.is_null(0)) continue;
        oldest = oldest == 0 ? rows.number(0) : std::min(oldest, rows.number(0));
    }
    if (oldest != 0) out.oldest_waiting = from_ms(t_->packs.find(oldest).imported_at);
    return out;
}

result<std::vector<account_info>> sqlite_store::accounts() {
    return look([&] {
        std::vector<account_info> out;
        for (auto const& a : t_->accounts.all())
            out.push_back(info_of(a));
        return out;
    });
}

}  // namespace setclick::ledger
