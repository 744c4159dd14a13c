#include "setclickd/ledger/reader.hpp"

#include <algorithm>
#include <map>

#include "account_table.hpp"
#include "event_scan.hpp"
#include "file_table.hpp"
#include "identity_index.hpp"
#include "schema.hpp"

namespace setclick::ledger {
namespace {

constexpr std::string_view select_pending_of =
    "SELECT min(first) FROM span WHERE state = ?2 AND state <> 4 AND account = ?1";

}  // namespace

class reader::impl {
public:
    explicit impl(std::string const& path) : db(path, connection::mode::read_only) {
        prepare_for_reading(db);
        require_version(db);
    }

    /// One read transaction around `body`; its failures become errors.
    template <class Body>
    auto read(Body&& body) -> result<decltype(body())> {
        try {
            struct end {
                connection& db;
                ~end() {
                    if (sqlite3_get_autocommit(db.handle()) == 0)
                        sqlite3_exec(db.handle(), "COMMIT", nullptr, nullptr, nullptr);
                }
            };
            db.run("BEGIN");
            end const guard{db};
            return body();
        } catch (failure const& f) {
            return f.what_failed();
        }
    }

    std::vector<file_info> files(std::string_view where_and_order, auto const&... values) {
        statement select(db, std::string("SELECT ") + file_columns + " FROM file " +
                                 std::string(where_and_order));
        std::vector<file_info> out;
        auto rows = select.rows(values...);
        while (rows.next())
            out.push_back(file_from(rows));
        return out;
    }

    file_info const& file(file_no no) {
        auto const it = file_cache.find(no);
        if (it != file_cache.end()) return it->second;
        auto found = files("WHERE no = ?", no);
        file_info none;
        none.no = no;
        return file_cache.emplace(no, found.empty() ? none : found.front()).first->second;
    }

    std::string account_id(account_no no) {
        statement select(db, "SELECT id FROM account WHERE no = ?");
        auto rows = select.rows(no);
        return rows.next() ? std::string(rows.text(0)) : std::string();
    }

    std::vector<account_info> accounts();
    std::int64_t oldest_pending(account_row const& a);
    std::vector<attempt_info> attempts(std::uint64_t event);
    event_row row_of(std::uint64_t id, event_run const& run, std::string_view lines);
    std::string lines_of(std::uint64_t pack);
    static void describe(event_row& row, span_state const& is,
                         std::vector<attempt_info> const& attempts);

    connection db;
    std::map<file_no, file_info> file_cache;  // for one call
};

std::int64_t reader::impl::oldest_pending(account_row const& a) {
    statement select(db, select_pending_of);
    statement imported(db,
                       "SELECT imported_at FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1");
    std::uint64_t oldest = 0;
    for (auto const state : {event_state::waiting, event_state::in_flight, event_state::deferred,
                             event_state::held}) {
        if (a.counts[static_cast<std::size_t>(state)] == 0) continue;
        auto rows = select.rows(a.no, state);
        if (!rows.next() || rows.is_null(0)) continue;
        oldest = oldest == 0 ? rows.number(0) : std::min(oldest, rows.number(0));
    }
    if (oldest == 0) return 0;
    auto rows = imported.rows(oldest);
    return rows.next() ? rows.integer(0) : 0;
}

std::vector<account_info> reader::impl::accounts() {
    statement select(db, std::string("SELECT ") + account_columns +
                             ", (SELECT state FROM account_note WHERE account = no), "
                             "(SELECT min(due) FROM span WHERE span.state = 2 AND span.state <> 4 "
                             "AND span.account = no) FROM account ORDER BY no");
    std::vector<account_info> out;
    auto rows = select.rows();
    while (rows.next()) {
        auto const a = account_from(rows);
        account_info info;
        info.no = a.no;
        info.id = a.id;
        info.counts = a.counts;
        info.duplicate = a.duplicate;
        info.refused = a.refused;
        info.in_doubt_ever = a.in_doubt_ever;
        info.last_delivered = from_ms(a.last_delivered);
        info.state = rows.text(14);
        info.next_due = from_ms(rows.integer(15));
        info.oldest_waiting = from_ms(oldest_pending(a));
        out.push_back(std::move(info));
    }
    return out;
}

std::vector<attempt_info> reader::impl::attempts(std::uint64_t event) {
    statement select(db,
                     "SELECT kind, n, at, state, counted, in_doubt, status, phase, reason, excerpt "
                     "FROM attempt WHERE event = ? ORDER BY seq");
    std::vector<attempt_info> out;
    auto rows = select.rows(event);
    while (rows.next()) {
        attempt_info a;
        a.kind = static_cast<attempt_kind>(rows.integer(0));
        a.n = static_cast<std::uint32_t>(rows.integer(1));
        a.at = from_ms(rows.integer(2));
        a.state = static_cast<event_state>(rows.integer(3));
        a.counted = rows.integer(4) != 0;
        a.in_doubt = rows.integer(5) != 0;
        a.status = static_cast<std::int32_t>(rows.integer(6));
        a.phase = static_cast<std::uint8_t>(rows.integer(7));
        a.reason = rows.text(8);
        a.excerpt = rows.text(9);
        out.push_back(std::move(a));
    }
    return out;
}

std::string reader::impl::lines_of(std::uint64_t pack) {
    statement select(db, "SELECT lines FROM pack WHERE first = ?");
    auto rows = select.rows(pack);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

/// What the span and the attempts say about an event.
void reader::impl::describe(event_row& row, span_state const& is,
                            std::vector<attempt_info> const& attempts) {
    row.reason = row.state == is.state ? is.reason : std::string();
    row.at = from_ms(is.at);
    if (row.state == event_state::deferred) row.due = from_ms(is.due);
    for (auto const& a : attempts) {
        if (a.kind != attempt_kind::person) ++row.attempts;
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

event_row reader::impl::row_of(std::uint64_t id, event_run const& run, std::string_view lines) {
    event_row row;
    row.no = event_no{id};
    row.account_id = account_id(row.no.account());
    row.state = run.state;
    row.file = run.from.file;
    row.file_name = file(run.from.file).claimed.name;
    row.line = line_at(lines, id - run.from.first);
    row.imported_at = from_ms(run.from.imported_at);
    describe(row, *run.is, attempts(id));
    return row;
}

reader::reader(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
reader::~reader() = default;
reader::reader(reader&&) noexcept = default;
reader& reader::operator=(reader&&) noexcept = default;

result<reader> reader::open(std::string const& path) {
    try {
        return reader(std::make_unique<impl>(path));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<std::vector<account_info>> reader::accounts() {
    return impl_->read([&] { return impl_->accounts(); });
}

result<ledger_totals> reader::totals() {
    return impl_->read([&] {
        ledger_totals out;
        for (auto const& a : impl_->accounts()) {
            for (std::size_t i = 0; i < event_state_count; ++i)
                out.counts[i] += a.counts[i];
            out.duplicate += a.duplicate;
            out.refused += a.refused;
            out.in_doubt_ever += a.in_doubt_ever;
            out.last_delivered = std::max(out.last_delivered, a.last_delivered);
            bool const earlier = a.oldest_waiting < out.oldest_waiting;
            if (a.oldest_waiting != wall_time{} && (out.oldest_waiting == wall_time{} || earlier))
                out.oldest_waiting = a.oldest_waiting;
        }
        statement select(impl_->db,
                         "SELECT (SELECT value FROM meta WHERE key = 'refused_without_account'), "
                         "(SELECT value FROM meta WHERE key = 'run'), "
                         "(SELECT value FROM meta WHERE key = 'ledger_id'), "
                         "(SELECT count(*) FROM file WHERE state < 3)");
        auto rows = select.rows();
        if (rows.next()) {
            out.refused += rows.number(0);
            out.run = rows.number(1);
            out.ledger_id = rows.text(2);
            out.files_open = rows.number(3);
        }
        return out;
    });
}

result<std::vector<file_info>> reader::recent_files(std::uint32_t limit) {
    return impl_->read([&] { return impl_->files("ORDER BY no DESC LIMIT ?", limit); });
}

result<std::vector<file_info>> reader::files_named(std::string_view name, std::uint32_t limit) {
    return impl_->read(
        [&] { return impl_->files("WHERE name = ? ORDER BY no DESC LIMIT ?", name, limit); });
}

result<file_info> reader::file(file_no no) {
    return impl_->read([&] {
        auto found = impl_->files("WHERE no = ?", no);
        if (found.empty())
            throw failure(
                fail(errc::not_found, "the ledger has no file " +
                                          std::to_string(static_cast<std::uint64_t>(no))));
        return std::move(found.front());
    });
}

result<reader::page> reader::list(event_filter const& filter, event_no after,
                                  std::uint32_t limit) {
    return impl_->read([&] {
        // A filter that few events pass must not hold a read transaction for long.
        constexpr std::uint64_t most_looked_at = 20'000;
        page out;
        out.next = after;
        out.done = true;
        std::uint64_t looked_at = 0;
        impl_->file_cache.clear();
        scan_events(impl_->db, filter, after.value, [&](event_run const& run) {
            auto const lines = impl_->lines_of(run.from.first);
            for (auto id = run.first; id <= run.last; ++id) {
                if (out.rows.size() >= limit || ++looked_at > most_looked_at) {
                    out.done = false;
                    return false;
                }
                auto row = impl_->row_of(id, run, lines);
                out.next = row.no;
                if (!filter.in_doubt_ever || row.in_doubt_ever)
                    out.rows.push_back(std::move(row));
            }
            return true;
        });
        return out;
    });
}

result<event_details> reader::show(event_no no) {
    return impl_->read([&] {
        event_details out;
        impl_->file_cache.clear();
        out.row.no = no;
        out.attempts = impl_->attempts(no.value);
        event_filter just_this;
        just_this.event = no;
        bool found = false;
        scan_events(impl_->db, just_this, 0, [&](event_run const& run) {
            out.row = impl_->row_of(no.value, run, impl_->lines_of(run.from.first));
            found = true;
            return false;
        });
        if (found) {
            pack_table packs(impl_->db);
            packs.read(no.value, no.value,
                       [&](std::uint64_t, std::string_view record) { out.record = record; });
            return out;
        }
        // Its record is gone, or it never was.
        span_map spans(impl_->db);
        auto const& span = spans.find(no.value);
        out.pruned = true;
        out.row.state = span.state_of(no.value);
        out.row.account_id = impl_->account_id(no.account());
        impl::describe(out.row, span.is, out.attempts);
        return out;
    });
}

result<event_no> reader::find_event_id(account_no account, std::string_view event_id) {
    return impl_->read([&] {
        identity_index identities(impl_->db);
        std::string key;
        append_event_identity(key, account, event_id);
        auto const holder = identities.find_one(key);
        if (holder.event == 0)
            throw failure(fail(errc::not_found, "no event has this event_id"));
        return event_no{holder.event};
    });
}

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
                    if (a.state != event_state::rejected) continue;
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
        statement select(impl_->db,
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

result<std::vector<std::pair<std::string, std::uint64_t>>> reader::refused_reasons(
    file_no file, std::uint32_t limit) {
    return impl_->read([&] {
        statement select(impl_->db,
                         "SELECT reason, count(*) AS n FROM refused WHERE file = ? GROUP BY reason "
                         "ORDER BY n DESC, reason LIMIT ?");
        std::vector<std::pair<std::string, std::uint64_t>> out;
        auto rows = select.rows(file, limit);
        while (rows.next())
            out.emplace_back(rows.text(0), rows.number(1));
        return out;
    });
}

result<std::vector<std::pair<std::string, std::uint64_t>>> reader::rejected_reasons(
    file_no file, std::uint32_t limit) {
    return impl_->read([&] {
        std::map<std::string, std::uint64_t> counts;
        event_filter filter;
        filter.file = file;
        filter.state = event_state::rejected;
        scan_events(impl_->db, filter, 0, [&](event_run const& run) {
            counts[run.is->reason] += run.last - run.first + 1;
            return true;
        });
        std::vector<std::pair<std::string, std::uint64_t>> out(counts.begin(), counts.end());
        std::stable_sort(out.begin(), out.end(),
                         [](auto const& a, auto const& b) { return a.second > b.second; });
        if (out.size() > limit) out.resize(limit);
        return out;
    });
}

}  // namespace setclick::ledger
