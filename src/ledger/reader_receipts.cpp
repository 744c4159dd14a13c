// What became of an account's events, for the comparison with the vendor's report; the verdicts of
// such comparisons; what all accounts share.
#include <algorithm>
#include <cstdlib>
#include <span>

#include "reader_impl.hpp"
#include "sqlite_store.hpp"

namespace setclick::ledger {
namespace {

constexpr std::string_view verdict_key = "verdict/";

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

result<reader::receipt_page> reader::receipts(account_no account, wall_time imported_since,
                                              event_no after, std::uint32_t limit) {
    return impl_->read([&] {
        receipt_page out;
        out.next = after;
        out.done = true;
        pack_table packs(impl_->db);
        statement doubts(
            impl_->db,
            "SELECT event, kind, in_doubt, at, reason FROM attempt WHERE event BETWEEN ? AND ? "
            "ORDER BY event, seq");
        event_filter filter;
        filter.account = account;
        filter.imported_since = imported_since;
        scan_events(impl_->db, filter, after.value, [&](event_run const& run) {
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
    });
}

result<std::string> reader::endpoint_note() {
    return impl_->read([&] {
        statement select(impl_->db, "SELECT state FROM account_note WHERE account = 0");
        auto rows = select.rows();
        return rows.next() ? std::string(rows.text(0)) : std::string();
    });
}

result<std::vector<std::pair<account_no, std::string>>> reader::verdicts() {
    return impl_->read([&] {
        std::vector<std::pair<account_no, std::string>> out;
        statement select(
            impl_->db,
            "SELECT substr(key, 9), value FROM meta WHERE key LIKE 'verdict/%' ORDER BY key");
        auto rows = select.rows();
        while (rows.next())
            out.emplace_back(static_cast<account_no>(
                                 std::strtoul(std::string(rows.text(0)).c_str(), nullptr, 10)),
                             std::string(rows.text(1)));
        return out;
    });
}

result<void> sqlite_store::keep_verdict(account_no account, std::string_view verdict) {
    auto const key = std::string(verdict_key) + std::to_string(static_cast<std::uint32_t>(account));
    auto const kept = change(purpose::grow, "ledger.operate", [&] {
        t_->update_meta.run(std::string_view(key), verdict);
        return true;
    });
    if (!kept) return kept.error();
    return {};
}

}  // namespace setclick::ledger
