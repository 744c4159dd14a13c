#include "event_scan.hpp"

#include <algorithm>
#include <limits>

namespace setclick::ledger {
namespace {

class event_scan {
public:
    event_scan(scan_rows& rows, event_filter const& filter, std::uint64_t after,
               std::function<bool(event_run const&)> const& visit)
        : rows_(rows), filter_(filter), visit_(visit), lowest_(after + 1) {
        if (filter.account) {
            auto const no = static_cast<std::uint64_t>(*filter.account);
            lowest_ = std::max(lowest_, no << event_no::sequence_bits);
            highest_ = ((no + 1) << event_no::sequence_bits) - 1;
        }
        if (filter.event) {
            lowest_ = std::max(lowest_, filter.event->value);
            highest_ = std::min(highest_, filter.event->value);
        }
    }

    void run() {
        if (lowest_ > highest_) return;
        if (filter_.file)
            by_packs();
        else
            by_spans();
    }

private:
    bool has_indexed_state() const noexcept {
        return filter_.state && *filter_.state != event_state::delivered;
    }

    void by_spans() {
        // Delivered events are also found inside claims, so they are looked for everywhere.
        auto const state = has_indexed_state() ? filter_.state : std::nullopt;
        rows_.each_span(lowest_, highest_, state, [&](span_row const& span) {
            auto const first = std::max(span.first, lowest_);
            auto const last = std::min(span.last, highest_);
            if (first > last || !wants(span)) return true;
            bool goes_on = true;
            rows_.each_pack(first, last,
                            [&](origin const& pack) { return goes_on = meet(span, pack); });
            return goes_on;
        });
    }

    void by_packs() {
        rows_.each_pack_of(*filter_.file, lowest_, highest_, [&](origin const& pack) {
            bool goes_on = true;
            rows_.each_span(pack.first, pack.last, std::nullopt, [&](span_row const& span) {
                return goes_on = !wants(span) || meet(span, pack);
            });
            return goes_on;
        });
    }

    bool wants(span_row const& span) const {
        if (!filter_.reason.empty() && span.is.reason != filter_.reason) return false;
        if (!filter_.state || span.is.state == *filter_.state) return true;
        return *filter_.state == event_state::delivered && !span.settled.empty();
    }

    bool wants(origin const& pack) const {
        auto const at = from_ms(pack.imported_at);
        if (filter_.imported_before && at >= *filter_.imported_before) return false;
        return !filter_.imported_since || at >= *filter_.imported_since;
    }

    /// The part of a span that lies in a pack, cut where the state changes.
    bool meet(span_row const& span, origin const& pack) {
        auto first = std::max({span.first, pack.first, lowest_});
        auto const last = std::min({span.last, pack.last, highest_});
        if (first > last || !wants(pack)) return true;
        while (first <= last) {
            event_run run{first, first, span.state_of(first), &span.is, pack};
            if (span.settled.empty()) run.last = last;
            while (run.last < last && span.state_of(run.last + 1) == run.state)
                ++run.last;
            if ((!filter_.state || run.state == *filter_.state) && !visit_(run)) return false;
            first = run.last + 1;
        }
        return true;
    }

    scan_rows& rows_;
    event_filter const& filter_;
    std::function<bool(event_run const&)> const& visit_;
    std::uint64_t lowest_;
    std::uint64_t highest_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace

void scan_events(scan_rows& rows, event_filter const& filter, std::uint64_t after,
                 std::function<bool(event_run const&)> const& visit) {
    event_scan(rows, filter, after, visit).run();
}

}  // namespace setclick::ledger
