// What a file's result and its mended successor need: refused lines, rejected events, duplicates.
#include <algorithm>

#include "reader_impl.hpp"
#include "setclickd/ledger/reasons.hpp"

namespace setclick::ledger {

result<std::vector<refused_row>> reader::refused_lines(file_no file, std::uint64_t after_line,
                                                       std::uint32_t limit) {
    return impl_->read([&] {
        statement select(impl_->db,
                         "SELECT line, offset, length, reason FROM refused WHERE file = ? AND "
                         "line > ? ORDER BY line LIMIT ?");
        std::vector<refused_row> out;
        auto rows = select.rows(file, after_line, limit);
        while (rows.next())
            out.push_back(
                {rows.number(0), rows.number(1), rows.number(2), std::string(rows.text(3))});
        return out;
    });
}

result<std::vector<rejected_row>> reader::rejected_events(file_no file, event_no after,
                                                          std::uint32_t limit) {
    return impl_->read([&] {
        std::vector<rejected_row> out;
        event_filter filter;
        filter.file = file;
        filter.state = event_state::rejected;
        pack_table packs(impl_->db);
        scan_events(impl_->db, filter, after.value, [&](event_run const& run) {
            auto const lines = impl_->lines_of(run.from.first);
            for (auto id = run.first; id <= run.last && out.size() < limit; ++id) {
                rejected_row row;
                row.no = event_no{id};
                row.line = line_at(lines, id - run.from.first);
                row.reason = run.is->reason;
                for (auto& a : impl_->attempts(id)) {
                    if (a.kind != attempt_kind::attempt || a.state != event_state::rejected)
                        continue;
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
    });
}

result<std::vector<duplicate_row>> reader::duplicates(file_no file, std::uint64_t after_line,
                                                      std::uint32_t limit) {
    return impl_->read([&] {
        statement select(
            impl_->db,
            "SELECT line, count, event FROM duplicate WHERE file = ?1 AND line >= "
            "ifnull((SELECT max(line) FROM duplicate WHERE file = ?1 AND line <= ?2), 0) "
            "ORDER BY line");
        std::vector<duplicate_row> out;
        auto rows = select.rows(file, after_line);
        while (out.size() < limit && rows.next())
            for (std::uint64_t i = 0; i < rows.number(1) && out.size() < limit; ++i)
                if (auto const line = rows.number(0) + i; line > after_line)
                    out.push_back({line, event_no{rows.number(2) + i}});
        return out;
    });
}

result<bool> reader::count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                                   reason_counts& to) {
    return impl_->read([&] {
        // Along the primary key: to have SQLite group the reasons of a file takes memory for each
        // of its lines.
        statement select(impl_->db,
                         "SELECT line, reason FROM refused WHERE file = ? AND line > ? ORDER BY "
                         "line LIMIT ?");
        std::uint32_t seen = 0;
        auto rows = select.rows(file, after, limit);
        for (; rows.next(); ++seen) {
            after = rows.number(0);
            to.add(rows.text(1), 1);
        }
        return seen == limit;
    });
}

result<bool> reader::count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                    reason_counts& to) {
    return impl_->read([&] {
        event_filter filter;
        filter.file = file;
        filter.state = event_state::rejected;
        std::uint32_t seen = 0;
        scan_events(impl_->db, filter, after.value, [&](event_run const& run) {
            after = event_no{run.last};
            to.add(run.is->reason, run.last - run.first + 1);
            return ++seen < limit;
        });
        return seen == limit;
    });
}

}  // namespace setclick::ledger
