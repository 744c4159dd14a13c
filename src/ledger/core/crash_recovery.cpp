#include "crash_recovery.hpp"

#include <string>
#include <string_view>

#include "attempt_end.hpp"
#include "crash_notes.hpp"

namespace setclick::ledger {

std::vector<reading_place> crash_recovery::note_end(last_end const& end) {
    constexpr auto key = crash_lines_key;
    auto const before = t_.meta.text(key);
    crash_notes notes(before);
    notes.add(end);
    if (!notes.is_empty()) notes.forget_passed(t_.files.not_done());
    if (auto const after = notes.text(); after != before) t_.meta.set(key, std::string_view(after));
    return notes.set_aside();
}

void crash_recovery::finish() {
    t_.files.flush(now_);
    t_.history.count(t_.accounts.take_news(), from_ms(now_));
}

void crash_recovery::end_claim(span_row const& claim, bool crashed, counts out) {
    auto& account = t_.accounts.at(event_no{claim.first}.account());
    attempt_row row;
    row.kind = attempt_kind::restart;
    row.at = now_;
    row.in_doubt = true;
    row.reason = crashed ? crash_reason : restart_reason;
    for (auto id = claim.first; id <= claim.last; ++id) {
        // Its settled part becomes delivered by itself, once nothing beside it is in flight.
        if (claim.is_settled(id)) continue;
        std::uint32_t crashes = crashed ? 1 : 0;
        if (crashed && claim.is.failed) crashes += t_.attempts.restarts_in_a_row(id, crash_reason);
        auto const to = ended_by_restart(claim.is.policy, crashes, now_);
        row.state = to.state;
        t_.attempts.add(id, row, claim.is.failed);
        t_.spans.carve(id, id, event_state::in_flight, to, now_);
        t_.accounts.move(account, event_state::in_flight, to.state, 1);
        t_.accounts.doubt(account, 1);
        ++out.in_doubt;
        if (out.in_doubt_of.empty() || out.in_doubt_of.back().first != account.no)
            out.in_doubt_of.emplace_back(account.no, 0);
        ++out.in_doubt_of.back().second;
        if (to.state == event_state::held)
            t_.files.change(t_.packs.find(id).file).move(event_state::in_flight, to.state, 1);
        ++(to.state == event_state::held ? out.held : out.resent);
    }
}

}  // namespace setclick::ledger
