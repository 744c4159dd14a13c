// Events one by one: list, show, find.
#include <algorithm>

#include "identity_index.hpp"
#include "reader_impl.hpp"

namespace setclick::ledger {

std::vector<attempt_receipt> reader::impl::attempts(std::uint64_t event) {
    statement select(db,
                     "SELECT kind, n, at, state, counted, in_doubt, status, phase, reason, excerpt "
                     "FROM attempt WHERE event = ? ORDER BY seq");
    std::vector<attempt_receipt> out;
    auto rows = select.rows(event);
    while (rows.next()) {
        attempt_receipt a;
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
    // Times of delivery are rounded down.
    if (row.at != wall_time{}) row.at = std::max(row.at, row.imported_at);
    return row;
}

result<reader::page> reader::list(event_filter const& filter, event_no after, std::uint32_t limit) {
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
                if (!filter.in_doubt_ever || row.in_doubt_ever) out.rows.push_back(std::move(row));
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
        if (holder.event == 0) throw failure(fail(errc::not_found, "no event has this event_id"));
        return event_no{holder.event};
    });
}

}  // namespace setclick::ledger
