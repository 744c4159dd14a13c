#include "setclickd/ledger/reader.hpp"

#include <algorithm>

#include "reader_impl.hpp"

namespace setclick::ledger {
namespace {

constexpr std::string_view select_pending_of =
    "SELECT min(first) FROM span WHERE state = ?2 AND state <> 4 AND account = ?1";

}  // namespace

std::int64_t reader::impl::oldest_pending(account_row const& a) {
    statement select(db, select_pending_of);
    statement imported(db,
                       "SELECT imported_at FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1");
    std::uint64_t oldest = 0;
    // What is held waits for a person, not for us: a stall is something else.
    for (auto const state : {event_state::waiting, event_state::in_flight, event_state::deferred}) {
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
                         "(SELECT count(*) FROM file WHERE unfinished = 1)");
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
                fail(errc::not_found,
                     "the ledger has no file " + std::to_string(static_cast<std::uint64_t>(no))));
        return std::move(found.front());
    });
}

}  // namespace setclick::ledger
