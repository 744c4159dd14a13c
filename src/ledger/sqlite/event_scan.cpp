#include "event_scan.hpp"

#include <algorithm>
#include <limits>

namespace setclick::ledger {
namespace {

class event_scan {
public:
    event_scan(connection& db, event_filter const& filter, std::uint64_t after,
               std::function<bool(event_run const&)> const& visit)
        : db_(db), filter_(filter), visit_(visit), lowest_(after + 1) {
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
        std::string const columns = std::string("SELECT ") + span_columns + " FROM span ";
        statement of_state(db_,
                           columns +
                               "WHERE state = ?3 AND state <> 4 AND last >= ?1 AND first <= ?2 "
                               "ORDER BY first");
        statement all(db_, columns +
                               "WHERE first >= ifnull((SELECT max(first) FROM span WHERE "
                               "first <= ?1), 0) AND first <= ?2 ORDER BY first");
        statement packs(db_,
                        "SELECT first, count, file, imported_at FROM pack WHERE first <= ?2 AND "
                        "first > ?1 - ?3 ORDER BY first");
        auto spans = has_indexed_state() ? of_state.rows(lowest_, highest_, *filter_.state)
                                         : all.rows(lowest_, highest_);
        while (spans.next()) {
            auto const span = span_from(spans);
            auto const first = std::max(span.first, lowest_);
            auto const last = std::min(span.last, highest_);
            if (first > last || !wants(span)) continue;
            auto rows = packs.rows(first, last, pack_events);
            while (rows.next())
                if (!meet(span, pack_from(rows))) return;
        }
    }

    void by_packs() {
        statement packs(db_,
                        "SELECT first, count, file, imported_at FROM pack WHERE file = ?1 AND "
                        "first > ?2 - ?4 AND first <= ?3 ORDER BY first");
        statement spans(db_, std::string("SELECT ") + span_columns +
                                 " FROM span WHERE first >= (SELECT max(first) FROM span WHERE "
                                 "first <= ?1) AND first <= ?2 ORDER BY first");
        auto rows = packs.rows(*filter_.file, lowest_, highest_, pack_events);
        while (rows.next()) {
            auto const pack = pack_from(rows);
            auto met = spans.rows(pack.first, pack.last);
            while (met.next()) {
                auto const span = span_from(met);
                if (wants(span) && !meet(span, pack)) return;
            }
        }
    }

    static origin pack_from(statement::cursor const& row) {
        return {row.number(0), row.number(0) + row.number(1) - 1,
                static_cast<file_no>(row.number(2)), row.integer(3)};
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

    connection& db_;
    event_filter const& filter_;
    std::function<bool(event_run const&)> const& visit_;
    std::uint64_t lowest_;
    std::uint64_t highest_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace

void scan_events(connection& db, event_filter const& filter, std::uint64_t after,
                 std::function<bool(event_run const&)> const& visit) {
    event_scan(db, filter, after, visit).run();
}

}  // namespace setclick::ledger
