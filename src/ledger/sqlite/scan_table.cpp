#include "scan_table.hpp"

#include <string>

#include "span_table.hpp"

namespace setclick::ledger {
namespace {

origin pack_from(statement::cursor const& row) {
    return {row.number(0), row.number(0) + row.number(1) - 1, static_cast<file_no>(row.number(2)),
            row.integer(3)};
}

std::string spans_where(std::string_view condition) {
    return std::string("SELECT ") + span_columns + " FROM span WHERE " + std::string(condition) +
           " ORDER BY first";
}

}  // namespace

statement& scan_table::prepared(std::optional<statement>& s, std::string_view sql) {
    if (!s) s.emplace(db_, sql);
    return *s;
}

void scan_table::each_span(std::uint64_t first, std::uint64_t last,
                           std::optional<event_state> state, span_visit const& visit) {
    auto const walk = [&](statement::cursor spans) {
        while (spans.next() && visit(span_from(spans)))
            ;
    };
    if (state)
        walk(prepared(spans_in_state_,
                      spans_where("state = ?3 AND state <> 4 AND last >= ?1 AND first <= ?2"))
                 .rows(first, last, *state));
    else
        walk(prepared(spans_, spans_where("first >= ifnull((SELECT max(first) FROM span WHERE "
                                          "first <= ?1), 0) AND first <= ?2"))
                 .rows(first, last));
}

void scan_table::each_pack(std::uint64_t first, std::uint64_t last, pack_visit const& visit) {
    auto rows = prepared(packs_,
                         "SELECT first, count, file, imported_at FROM pack WHERE first <= ?2 AND "
                         "first > ?1 - ?3 ORDER BY first")
                    .rows(first, last, pack_events);
    while (rows.next() && visit(pack_from(rows)))
        ;
}

void scan_table::each_pack_of(file_no file, std::uint64_t first, std::uint64_t last,
                              pack_visit const& visit) {
    auto rows = prepared(packs_of_file_,
                         "SELECT first, count, file, imported_at FROM pack WHERE file = ?1 AND "
                         "first > ?2 - ?4 AND first <= ?3 ORDER BY first")
                    .rows(file, first, last, pack_events);
    while (rows.next() && visit(pack_from(rows)))
        ;
}

}  // namespace setclick::ledger
