#include "receipt_walk.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "pack_table.hpp"
#include "scan_table.hpp"
#include "setclickd/ledger/operations.hpp"

namespace setclick::ledger {
namespace {

/// Doubts of the events [first, last], into `rows`, which are theirs in order.
void add_doubts(statement& select, std::uint64_t first, std::uint64_t last,
                std::span<receipt_row> rows) {
    auto found = select.rows(first, last);
    while (found.next()) {
        auto& row = rows[found.number(0) - first];
        auto const kind = static_cast<attempt_kind>(found.integer(1));
        if (found.integer(2) != 0) {
            ++row.doubts;
            row.last_doubt = std::max(row.last_doubt, from_ms(found.integer(3)));
        }
        if (kind == attempt_kind::person)
            row.confirmed = row.state == event_state::delivered &&
                            found.text(4) == name_of(operator_verb::confirm);
    }
}

}  // namespace

reader::receipt_page receipts_page(connection& db, account_no account, wall_time imported_since,
                                   event_no after, std::uint32_t limit) {
    reader::receipt_page out;
    out.next = after;
    out.done = true;
    pack_table stored(db);
    pack_map packs(stored);
    scan_table scan(db);
    statement doubts(
        db,
        "SELECT event, kind, in_doubt, at, reason FROM attempt WHERE event BETWEEN ? AND ? "
        "ORDER BY event, seq");
    event_filter filter;
    filter.account = account;
    filter.imported_since = imported_since;
    scan_events(scan, filter, after.value, [&](event_run const& run) {
        auto const begin = out.rows.size();
        if (begin >= limit) {
            out.done = false;
            return false;
        }
        auto const last = std::min(run.last, run.first + (limit - begin) - 1);
        for (auto id = run.first; id <= last; ++id) {
            receipt_row row;
            row.no = event_no{id};
            row.state = run.state;
            row.imported_at = from_ms(run.from.imported_at);
            if (run.is->state == run.state) row.at = from_ms(run.is->at);
            out.rows.push_back(std::move(row));
        }
        packs.read(run.first, last, [&](std::uint64_t id, std::string_view record) {
            out.rows[begin + (id - run.first)].record = record;
        });
        add_doubts(doubts, run.first, last, std::span(out.rows).subspan(begin));
        out.next = event_no{last};
        if (last < run.last) out.done = false;
        return last == run.last;
    });
    return out;
}

}  // namespace setclick::ledger
