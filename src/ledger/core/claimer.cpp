#include "claimer.hpp"

#include <algorithm>
#include <string_view>

namespace setclick::ledger {

/// Deferred events that are due first, oldest due time first: they have waited longest, and each is
/// bounded by its backoff. Then waiting ones by number.
std::vector<claimer::range> claimer::choose(claim_wish const& wish, wall_time now) {
    auto const& account = t_.accounts.at(wish.account);
    auto left = std::uint64_t{wish.count};
    std::vector<range> ranges;
    auto const collect = [&](std::uint64_t first) {
        auto const& span = t_.spans.find(first);
        auto const count = std::min(left, span.size());
        ranges.push_back({span.first, span.first + count - 1, span.is.state, span.is.failed});
        left -= count;
        return left > 0;
    };
    auto& rows = t_.span_rows;
    if (account.counts[static_cast<std::size_t>(event_state::deferred)] > 0) {
        if (left > 0) rows.each_due(wish.account, to_ms(now), left, collect);
        auto const latest = to_ms(latest_due(now, wish.longest_deferral));
        if (left > 0) rows.each_due_after(wish.account, latest, left, collect);
    }
    auto const waiting = account.counts[static_cast<std::size_t>(event_state::waiting)];
    if (left > 0 && waiting > 0) rows.each_waiting(wish.account, waiting, left, collect);
    std::sort(ranges.begin(), ranges.end(),
              [](range const& a, range const& b) { return a.first < b.first; });
    return ranges;
}

batch claimer::claim(claim_wish const& wish, std::uint64_t run, wall_time now) {
    batch out;
    out.account = wish.account;
    out.policy = wish.policy;
    auto& account = t_.accounts.at(wish.account);

    span_state to;
    to.state = event_state::in_flight;
    to.policy = wish.policy;
    to.at = to_ms(now);
    to.run = run;
    for (auto const& r : choose(wish, now)) {
        to.failed = r.failed;
        t_.spans.carve(r.first, r.last, r.state, to, to_ms(now));
        t_.accounts.move(account, r.state, event_state::in_flight, r.last - r.first + 1);
        t_.packs.read(r.first, r.last, [&](std::uint64_t id, std::string_view record) {
            claimed_event event;
            event.no = event_no{id};
            event.record = {static_cast<std::uint32_t>(out.arena.size()),
                            static_cast<std::uint32_t>(record.size())};
            out.arena += record;
            if (r.failed) {
                auto const history = t_.attempts.history(id);
                event.attempt = history.counted + 1;
                event.first_failed = from_ms(history.first_failed);
            }
            out.events.push_back(event);
        });
    }
    return out;
}

}  // namespace setclick::ledger
