#include "hot_rows.hpp"

#include <utility>

namespace setclick::ledger::postgres {
namespace {

/// As text, out of the binary format: block and number of the row in it.
std::string place_from(std::string_view tid) {
    std::uint64_t value = 0;
    for (auto const c : tid)
        value = (value << 8) | static_cast<unsigned char>(c);
    return "(" + std::to_string(value >> 16) + "," + std::to_string(value & 0xffff) + ")";
}

constexpr std::size_t tid_size = 6;

}  // namespace

hot_rows::hot_rows(session& db, write_sql const& sql, seen_fn seen)
    : seen_(std::move(seen)), statement_(db, text_of(sql), this) {}

std::string hot_rows::text_of(write_sql const& sql) {
    auto const update = "UPDATE " + sql.table + " SET " + sql.set + " WHERE ";
    auto const returning = " RETURNING ctid" + (sql.columns.empty() ? "" : ", " + sql.columns);
    auto const by_key = sql.insert.empty()
                            ? update + "NOT EXISTS (SELECT FROM u) AND " + sql.where
                            : "INSERT INTO " + sql.table + sql.insert +
                                  " WHERE NOT EXISTS (SELECT FROM u) " + sql.on_conflict;
    return "WITH u AS (" + update + "ctid = $1::tid AND " + sql.where + returning + "), v AS (" +
           by_key + returning + ") SELECT max(ctid)" +
           (sql.result.empty() ? "" : ", " + sql.result) +
           " FROM (SELECT * FROM u UNION ALL SELECT * FROM v) w";
}

/// No row is at the place that is given where none is known.
std::string hot_rows::place_of(std::int64_t key) const {
    auto const known = places_.find(key);
    return known != places_.end() ? known->second : "(0,0)";
}

void hot_rows::came(rows& found) {
    if (queued_.empty()) return;  // it was undone before its answer came
    auto const key = queued_.front();
    queued_.pop_front();
    if (!found.next() || found.text(0).size() != tid_size) return;
    if (places_.size() >= most_places) places_.clear();
    places_.insert_or_assign(key, place_from(found.text(0)));
    if (seen_) seen_(key, found);
}

void hot_rows::undone() noexcept {
    places_.clear();
    queued_.clear();
}

}  // namespace setclick::ledger::postgres
