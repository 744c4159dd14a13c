#include "file_lines.hpp"

#include <algorithm>
#include <string>
#include <utility>

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

std::vector<refused_row> file_lines::refused(file_no file, std::uint64_t after_line,
                                             std::uint32_t limit) {
    std::vector<refused_row> out;
    rows_.each_refused(file, after_line, limit, [&](auto const& row) {
        out.push_back({row.line, row.offset, row.length, std::string(row.reason)});
        return true;
    });
    return out;
}

std::vector<rejected_row> file_lines::rejected(file_no file, event_no after, std::uint32_t limit) {
    std::vector<rejected_row> out;
    pack_map packs(rows_.packs());
    scan_events(rows_.scan(), rejected_of(file), after.value, [&](event_run const& run) {
        auto const lines = rows_.lines_of(run.from.first);
        for (auto id = run.first; id <= run.last && out.size() < limit; ++id) {
            rejected_row row;
            row.no = event_no{id};
            row.line = line_at(lines, id - run.from.first);
            row.reason = run.is->reason;
            for (auto& a : rows_.attempts(id)) {
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
    if (limit == 0) return out;
    auto const take = [&](std::uint64_t first, std::uint64_t count, std::uint64_t event) {
        for (std::uint64_t i = 0; i < count && out.size() < limit; ++i)
            if (auto const line = first + i; line > after_line)
                out.push_back({line, event_no{event + i}});
        return out.size() < limit;
    };
    rows_.each_duplicate(file, after_line, take);
    return out;
}

bool file_lines::count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                               reason_counts& to) {
    std::uint32_t seen = 0;
    rows_.each_refused(file, after, limit, [&](auto const& row) {
        ++seen;
        after = row.line;
        to.add(row.reason, 1);
        return true;
    });
    return seen == limit;
}

bool file_lines::count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                reason_counts& to) {
    std::uint32_t seen = 0;
    scan_events(rows_.scan(), rejected_of(file), after.value, [&](event_run const& run) {
        after = event_no{run.last};
        to.add(run.is->reason, run.last - run.first + 1);
        return ++seen < limit;
    });
    return seen == limit;
}

}  // namespace setclick::ledger
