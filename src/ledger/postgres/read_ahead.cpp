#include "read_ahead.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace setclick::ledger::postgres {

void read_ahead::run(cycle_request const& request) {
    if (request.wishes.empty()) return;
    spans(request);
    records(request);
}

void read_ahead::drop() noexcept {
    rows_.spans.forget_ahead();
    rows_.packs.forget_ahead();
    rows_.attempts.forget_ahead();
}

void read_ahead::spans(cycle_request const& request) {
    std::vector<span_table::wanted> wanted;
    for (auto const& wish : request.wishes) {
        // What comes back to the queue in this transaction belongs to what it claims from.
        bool const changes = std::any_of(
            request.settlements.begin(), request.settlements.end(), [&](settlement const& s) {
                return s.no.account() == wish.account && s.state != event_state::delivered;
            });
        if (changes || wish.count == 0) continue;
        auto const& account = t_.accounts.at(wish.account);
        auto const in = [&](event_state s) { return account.counts[static_cast<std::size_t>(s)]; };
        auto const fresh = rows_.spans.fresh_of(wish.account);
        span_table::wanted w;
        w.account = wish.account;
        w.is_deferred = in(event_state::deferred) > 0;
        w.is_waiting = in(event_state::waiting) > (fresh ? fresh->size() : 0);
        w.now = to_ms(request.now);
        w.latest = to_ms(latest_due(request.now, wish.longest_deferral));
        w.most = wish.count;
        if (w.is_deferred || w.is_waiting) wanted.push_back(w);
    }
    if (!wanted.empty()) rows_.spans.read_ahead(wanted);
}

void read_ahead::records(cycle_request const& request) {
    std::vector<std::int64_t> failed;
    std::size_t looks = 0;
    for (auto const& wish : request.wishes) {
        auto left = std::uint64_t{wish.count};
        auto const look = [&](span_row const& span) {
            if (left == 0) return;
            auto const last = span.first + std::min(left, span.size()) - 1;
            left -= last - span.first + 1;
            rows_.packs.look_ahead(span.first, last);
            ++looks;
            if (!span.is.failed) return;
            for (auto id = span.first; id <= last; ++id)
                failed.push_back(static_cast<std::int64_t>(id));
        };
        for (auto const& span : rows_.spans.ahead_of(wish.account))
            look(span);
        if (auto const fresh = rows_.spans.fresh_of(wish.account)) look(*fresh);
    }
    if (!failed.empty()) rows_.attempts.look_ahead(failed);
    if (looks == 0) return;
    auto found = db_.looked();
    if (!failed.empty()) {
        rows_.attempts.keep_ahead(std::move(found.back()));
        found.pop_back();
    }
    for (auto& packs : found)
        rows_.packs.keep_ahead(std::move(packs));
}

}  // namespace setclick::ledger::postgres
