#include "adoption_run.hpp"

#include <string_view>
#include <vector>

#include "attempt_end.hpp"
#include "event_scan.hpp"

namespace setclick::ledger {
namespace {

constexpr std::uint64_t slice_events = 1000;
/// In `meta`: how far an adoption got, for one that was interrupted.
constexpr std::string_view progress = "adopted_until";

}  // namespace

bool adoption_run::slice(adoption_report& report) {
    struct piece {
        std::uint64_t first;
        std::uint64_t last;
        event_state state;
        bool failed;
        file_no file;
    };
    std::vector<piece> pieces;
    auto until = static_cast<std::uint64_t>(t_.meta.number(progress));
    std::uint64_t count = 0;
    scan_events(t_.scan, {}, until, [&](event_run const& run) {
        if (count >= slice_events) return false;
        until = run.last;
        if (is_final(run.state)) return true;
        count += run.last - run.first + 1;
        pieces.push_back({run.first, run.last, run.state, run.is->failed, run.from.file});
        return true;
    });
    for (auto const& p : pieces) {
        auto const to = doubt(p.first, p.last, p.state, p.failed, report);
        t_.files.change(p.file).move(p.state, to, static_cast<std::int64_t>(p.last - p.first + 1));
    }
    t_.files.flush(now_);
    t_.history.count(t_.accounts.take_news(), from_ms(now_));
    bool const more = count >= slice_events;
    t_.meta.set(progress, more ? static_cast<std::int64_t>(until) : 0);
    if (!more) t_.meta.set(copy_mark, 0);
    return more;
}

/// The state that they come into.
event_state adoption_run::doubt(std::uint64_t first, std::uint64_t last, event_state state,
                                bool failed, adoption_report& report) {
    auto& account = t_.accounts.at(event_no{first}.account());
    auto const to = after_adoption(state, policy_of(account.id), now_);
    attempt_row row;
    row.kind = attempt_kind::restart;
    row.at = now_;
    row.state = to.state;
    row.in_doubt = true;
    row.reason = adopted_reason;
    for (auto id = first; id <= last; ++id)
        t_.attempts.add(id, row, failed);
    t_.spans.carve(first, last, state, to, now_);
    auto const count = last - first + 1;
    t_.accounts.move(account, state, to.state, count);
    t_.accounts.doubt(account, count);
    report.in_doubt += count;
    (to.state == event_state::held ? report.held : report.resent) += count;
    return to.state;
}

doubt_policy adoption_run::policy_of(std::string const& account) const {
    for (auto const& [id, policy] : how_.accounts)
        if (id == account) return policy;
    return how_.policy;
}

}  // namespace setclick::ledger
