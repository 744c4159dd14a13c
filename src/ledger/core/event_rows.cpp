#include "event_rows.hpp"

#include <algorithm>

namespace setclick::ledger {

event_rows::file const& event_rows::file_of(file_no no) {
    auto const it = files_.find(no);
    if (it != files_.end()) return it->second;
    return files_.emplace(no, file{rows_.file_name(no), rows_.file_node(no)}).first->second;
}

std::string const& event_rows::account_id(account_no no) {
    auto const it = account_ids_.find(no);
    if (it != account_ids_.end()) return it->second;
    return account_ids_.emplace(no, rows_.account_id(no)).first->second;
}

/// What the span and the attempts say about an event.
void event_rows::describe(event_row& row, span_state const& is,
                          std::vector<attempt_receipt> const& attempts) {
    row.reason = row.state == is.state ? is.reason : std::string();
    row.at = from_ms(is.at);
    if (row.state == event_state::deferred) row.due = from_ms(is.due);
    for (auto const& a : attempts) {
        if (a.kind == attempt_kind::attempt || a.kind == attempt_kind::restart) ++row.attempts;
        row.in_doubt_ever = row.in_doubt_ever || a.in_doubt;
    }
    bool const last_has_row = !attempts.empty() && attempts.back().state == row.state &&
                              row.state == event_state::delivered;
    if ((row.state == event_state::delivered || row.state == event_state::in_flight) &&
        !last_has_row)
        ++row.attempts;
    if (row.reason.empty() && row.state != event_state::delivered && !attempts.empty())
        row.reason = attempts.back().reason;
}

event_row event_rows::row_of(std::uint64_t id, event_run const& run, std::string_view lines) {
    event_row row;
    row.no = event_no{id};
    row.account_id = account_id(row.no.account());
    row.state = run.state;
    row.file = run.from.file;
    auto const& from = file_of(run.from.file);
    row.file_name = from.name;
    row.file_node = from.node;
    row.line = line_at(lines, id - run.from.first);
    row.imported_at = from_ms(run.from.imported_at);
    describe(row, *run.is, rows_.attempts(id));
    // Times of delivery are rounded down.
    if (row.at != wall_time{}) row.at = std::max(row.at, row.imported_at);
    return row;
}

reader::page event_rows::list(event_filter const& filter, event_no after, std::uint32_t limit) {
    // A filter that few events pass must not hold a read transaction for long.
    constexpr std::uint64_t most_looked_at = 20'000;
    reader::page out;
    out.next = after;
    out.done = true;
    std::uint64_t looked_at = 0;
    files_.clear();
    scan_events(rows_.scan(), filter, after.value, [&](event_run const& run) {
        auto const lines = rows_.lines_of(run.from.first);
        for (auto id = run.first; id <= run.last; ++id) {
            if (out.rows.size() >= limit || ++looked_at > most_looked_at) {
                out.done = false;
                return false;
            }
            auto row = row_of(id, run, lines);
            out.next = row.no;
            if (!filter.in_doubt_ever || row.in_doubt_ever) out.rows.push_back(std::move(row));
        }
        return true;
    });
    return out;
}

event_details event_rows::show(event_no no) {
    event_details out;
    files_.clear();
    out.row.no = no;
    out.attempts = rows_.attempts(no.value);
    event_filter just_this;
    just_this.event = no;
    bool found = false;
    scan_events(rows_.scan(), just_this, 0, [&](event_run const& run) {
        out.row = row_of(no.value, run, rows_.lines_of(run.from.first));
        found = true;
        return false;
    });
    if (found) {
        pack_map(rows_.packs())
            .read(no.value, no.value,
                  [&](std::uint64_t, std::string_view record) { out.record = record; });
        return out;
    }
    // Its record is gone, or it never was.
    span_map spans(rows_.spans());
    auto const& span = spans.find(no.value);
    out.pruned = true;
    out.row.state = span.state_of(no.value);
    out.row.account_id = account_id(no.account());
    describe(out.row, span.is, out.attempts);
    return out;
}

}  // namespace setclick::ledger
