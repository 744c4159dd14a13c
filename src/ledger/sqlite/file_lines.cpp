#include "file_lines.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "../core/pack.hpp"
#include "pack_table.hpp"
#include "setclickd/ledger/reasons.hpp"

namespace setclick::ledger {
namespace {

event_filter rejected_of(file_no file) {
    event_filter out;
    out.file = file;
    out.state = event_state::rejected;
    return out;
}

}  // namespace

file_lines::file_lines(connection& db, event_rows& events)
    : db_(db),
      events_(events),
      scan_(db),
      // Along the primary key: to have SQLite group the reasons of a file takes memory for each of
      // its lines.
      refused_(db,
               "SELECT line, offset, length, reason FROM refused WHERE file = ? AND line > ? "
               "ORDER BY line LIMIT ?"),
      duplicates_(db,
                  "SELECT line, count, event FROM duplicate WHERE file = ?1 AND line >= "
                  "ifnull((SELECT max(line) FROM duplicate WHERE file = ?1 AND line <= ?2), 0) "
                  "ORDER BY line") {}

std::vector<refused_row> file_lines::refused(file_no file, std::uint64_t after_line,
                                             std::uint32_t limit) {
    std::vector<refused_row> out;
    auto rows = refused_.rows(file, after_line, limit);
    while (rows.next())
        out.push_back({rows.number(0), rows.number(1), rows.number(2), std::string(rows.text(3))});
    return out;
}

std::vector<rejected_row> file_lines::rejected(file_no file, event_no after, std::uint32_t limit) {
    std::vector<rejected_row> out;
    pack_table stored(db_);
    pack_map packs(stored);
    scan_events(scan_, rejected_of(file), after.value, [&](event_run const& run) {
        auto const lines = events_.lines_of(run.from.first);
        for (auto id = run.first; id <= run.last && out.size() < limit; ++id) {
            rejected_row row;
            row.no = event_no{id};
            row.line = line_at(lines, id - run.from.first);
            row.reason = run.is->reason;
            for (auto& a : events_.attempts(id)) {
                if (a.kind != attempt_kind::attempt || a.state != event_state::rejected) continue;
                row.status = a.status;
                row.reason = std::move(a.reason);
                row.excerpt = std::move(a.excerpt);
            }
            packs.read(id, id,
                       [&](std::uint64_t, std::string_view record) { row.record = record; });
            out.push_back(std::move(row));
        }
        return out.size() < limit;
    });
    return out;
}

std::vector<duplicate_row> file_lines::duplicates(file_no file, std::uint64_t after_line,
                                                  std::uint32_t limit) {
    std::vector<duplicate_row> out;
    auto rows = duplicates_.rows(file, after_line);
    while (out.size() < limit && rows.next())
        for (std::uint64_t i = 0; i < rows.number(1) && out.size() < limit; ++i)
            if (auto const line = rows.number(0) + i; line > after_line)
                out.push_back({line, event_no{rows.number(2) + i}});
    return out;
}

bool file_lines::count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                               reason_counts& to) {
    std::uint32_t seen = 0;
    auto rows = refused_.rows(file, after, limit);
    for (; rows.next(); ++seen) {
        after = rows.number(0);
        to.add(rows.text(3), 1);
    }
    return seen == limit;
}

bool file_lines::count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                reason_counts& to) {
    std::uint32_t seen = 0;
    scan_events(scan_, rejected_of(file), after.value, [&](event_run const& run) {
        after = event_no{run.last};
        to.add(run.is->reason, run.last - run.first + 1);
        return ++seen < limit;
    });
    return seen == limit;
}

}  // namespace setclick::ledger
