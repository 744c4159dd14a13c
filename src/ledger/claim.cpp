#include <algorithm>

#include "sqlite_store.hpp"

namespace setclick::ledger {
namespace {

struct range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    event_state state = event_state::waiting;
    bool failed = false;
};

}  // namespace

/// Deferred events that are due first, oldest due time first: they have waited longest, and each is
/// bounded by its backoff. Then waiting ones by number.
batch sqlite_store::claim(claim_wish const& wish, wall_time now) {
    batch out;
    out.account = wish.account;
    out.policy = wish.policy;
    auto& account = t_->accounts.at(wish.account);
    auto left = std::uint64_t{wish.count};

    std::vector<range> ranges;
    auto const collect = [&](statement& spans, auto... arguments) {
        auto rows = spans.rows(wish.account, arguments..., left);
        while (left > 0 && rows.next()) {
            auto const& span = t_->spans.find(rows.number(0));
            auto const count = std::min(left, span.size());
            ranges.push_back({span.first, span.first + count - 1, span.is.state, span.is.failed});
            left -= count;
        }
    };
    if (account.count(event_state::deferred) > 0) {
        collect(t_->due_spans, to_ms(now));
        if (left > 0) collect(t_->misdated_spans, to_ms(latest_due(now, wish.longest_deferral)));
    }
    if (left > 0 && account.count(event_state::waiting) > 0) collect(t_->waiting_spans);
    std::sort(ranges.begin(), ranges.end(),
              [](range const& a, range const& b) { return a.first < b.first; });

    span_state to;
    to.state = event_state::in_flight;
    to.policy = wish.policy;
    to.at = to_ms(now);
    to.run = run_;
    for (auto const& r : ranges) {
        to.failed = r.failed;
        t_->spans.carve(r.first, r.last, r.state, to, to_ms(now));
        t_->accounts.move(account, r.state, event_state::in_flight, r.last - r.first + 1);
        t_->packs.read(r.first, r.last, [&](std::uint64_t id, std::string_view record) {
            claimed_event event;
            event.no = event_no{id};
            event.record = {static_cast<std::uint32_t>(out.arena.size()),
                            static_cast<std::uint32_t>(record.size())};
            out.arena += record;
            if (r.failed) {
                auto const history = t_->attempts.history(id);
                event.attempt = history.counted + 1;
                event.first_failed = from_ms(history.first_failed);
            }
            out.events.push_back(event);
        });
    }
    return out;
}

}  // namespace setclick::ledger
