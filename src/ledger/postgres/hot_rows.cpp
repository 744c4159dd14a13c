#include "hot_rows.hpp"

#include <algorithm>
#include <utility>

namespace setclick::ledger::postgres {
namespace {

constexpr std::size_t tid_size = 6;
constexpr unsigned row_bits = 16;

/// Out of the binary format: the number of the block, and of the row in it.
std::uint64_t place_from(std::string_view tid) {
    std::uint64_t value = 0;
    for (auto const c : tid)
        value = (value << 8) | static_cast<unsigned char>(c);
    return value;
}

std::string text_of_place(std::uint64_t place) {
    return "(" + std::to_string(place >> row_bits) + "," +
           std::to_string(place & ((1U << row_bits) - 1)) + ")";
}

std::string update_of(hot_rows::write_sql const& sql) {
    return "UPDATE " + sql.table + " SET " + sql.set + " WHERE ";
}

std::string returning_of(hot_rows::write_sql const& sql) {
    return " RETURNING ctid" + (sql.columns.empty() ? "" : ", " + sql.columns);
}

std::string result_of(hot_rows::write_sql const& sql) {
    return " SELECT max(ctid)" + (sql.result.empty() ? "" : ", " + sql.result) + " FROM ";
}

/// The parameter after those that the statement has.
std::string next_parameter(hot_rows::write_sql const& sql) {
    std::size_t highest = 0;
    for (auto const* const text : {&sql.set, &sql.where, &sql.insert, &sql.on_conflict})
        for (auto at = text->find('$'); at != std::string::npos; at = text->find('$', at + 1))
            highest = std::max(highest, std::size_t{std::stoul(text->substr(at + 1))});
    return "$" + std::to_string(highest + 1);
}

}  // namespace

hot_rows::hot_rows(session& db, write_sql const& sql, seen_fn seen)
    : seen_(std::move(seen)),
      always_by_place_(db.rows_by_place()),
      by_key_(db, by_key_text(sql), this),
      by_place_(db, by_place_text(sql), this) {}

std::string hot_rows::by_key_text(write_sql const& sql) {
    auto const write =
        (sql.insert.empty() ? update_of(sql) + sql.where
                            : "INSERT INTO " + sql.table + sql.insert + " " + sql.on_conflict) +
        returning_of(sql);
    return sql.result.empty() ? write : "WITH w AS (" + write + ")" + result_of(sql) + "w";
}

std::string hot_rows::by_place_text(write_sql const& sql) {
    auto const by_key = sql.insert.empty()
                            ? update_of(sql) + "NOT EXISTS (SELECT FROM u) AND " + sql.where
                            : "INSERT INTO " + sql.table + sql.insert +
                                  " WHERE NOT EXISTS (SELECT FROM u) " + sql.on_conflict;
    return "WITH u AS (" + update_of(sql) + "ctid = " + next_parameter(sql) + "::tid AND " +
           sql.where + returning_of(sql) + "), v AS (" + by_key + returning_of(sql) + ")" +
           result_of(sql) + "(SELECT * FROM u UNION ALL SELECT * FROM v) w";
}

/// No row is at the place that is given where none is known.
std::string hot_rows::place_of(std::int64_t key) const {
    auto const known = places_.find(key);
    return known != places_.end() ? text_of_place(known->second) : "(0,0)";
}

void hot_rows::came(rows& found) {
    if (queued_.empty()) return;  // it was undone before its answer came
    auto const key = queued_.front();
    queued_.pop_front();
    if (!found.next() || found.text(0).size() != tid_size) return;
    if (places_.size() >= most_places) places_.clear();
    auto const place = place_from(found.text(0));
    auto const [known, is_new] = places_.try_emplace(key, place);
    drift_.wrote(!is_new && known->second >> row_bits != place >> row_bits);
    known->second = place;
    if (seen_) seen_(key, found);
}

void hot_rows::undone() noexcept {
    places_.clear();
    queued_.clear();
}

}  // namespace setclick::ledger::postgres
