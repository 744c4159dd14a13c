#include "receipt_walk.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "setclickd/ledger/operations.hpp"

namespace setclick::ledger {
namespace {

/// Doubts of the events [first, last], into `out`, which are theirs in order.
void add_doubts(reader_rows& from, std::uint64_t first, std::uint64_t last,
                std::span<receipt_row> out) {
    from.each_attempt(first, last, [&](reader_rows::attempt_view const& found) {
        auto& row = out[found.event - first];
        if (found.in_doubt) {
            ++row.doubts;
            row.last_doubt = std::max(row.last_doubt, from_ms(found.at));
        }
        if (found.kind == attempt_kind::person)
            row.confirmed = row.state == event_state::delivered &&
                            found.reason == name_of(operator_verb::confirm);
    });
}

}  // namespace

reader::receipt_page receipts_page(reader_rows& rows, account_no account, wall_time imported_since,
                                   event_no after, std::uint32_t limit) {
    reader::receipt_page out;
    out.next = after;
    out.done = true;
    pack_map packs(rows.packs());
    event_filter filter;
    filter.account = account;
    filter.imported_since = imported_since;
    scan_events(rows.scan(), filter, after.value, [&](event_run const& run) {
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
        add_doubts(rows, run.first, last, std::span(out.rows).subspan(begin));
        out.next = event_no{last};
        if (last < run.last) out.done = false;
        return last == run.last;
    });
    return out;
}

}  // namespace setclick::ledger
