#include "bulk_insert.hpp"

#include <utility>

namespace setclick::ledger::postgres {
namespace {

using kind = bulk_insert::column::kind;

/// "INSERT INTO t(a, b) SELECT c1::int, convert_from(c2, 'UTF8') FROM unnest($1::bigint[], $2::bytea[]) r(c1,
/// c2)", in the arrays' order.
std::string text_of(std::string const& into, std::vector<bulk_insert::column> const& columns,
                    std::string const& after) {
    std::string values;
    std::string arrays;
    std::string names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto const separator = i == 0 ? "" : ", ";
        auto const n = std::to_string(i + 1);
        auto const is = columns[i].is;
        auto value = columns[i].as;
        value.replace(value.find('$'), 1,
                      is == kind::text ? "convert_from(c" + n + ", 'UTF8')" : "c" + n);
        values += separator + value;
        arrays += separator + ("$" + n) + (is == kind::number ? "::bigint[]" : "::bytea[]");
        names += separator + ("c" + n);
    }
    return into + " SELECT " + values + " FROM unnest(" + arrays + ") r(" + names + ")" + after;
}

}  // namespace

bulk_insert::bulk_insert(session& on, std::string const& into, std::vector<column> columns,
                         std::string const& after)
    : db_(on),
      columns_(std::move(columns)),
      insert_(on, text_of(into, columns_, after)),
      values_(columns_.size()) {}

void bulk_insert::put(std::size_t i, std::string_view value) {
    auto& to = values_[i];
    if (columns_[i].is == kind::text)
        to.arena += storable_text(value);
    else
        to.arena += value;
    bytes_ += value.size();
    to.ends.push_back(to.arena.size());
}

void bulk_insert::flush() {
    if (rows_ == 0) return;
    std::vector<std::vector<bytes>> lists(columns_.size());
    parameters with;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto const& from = values_[i];
        if (columns_[i].is == kind::number) {
            with.append(from.numbers);
            continue;
        }
        std::size_t begin = 0;
        for (auto const end : from.ends) {
            lists[i].push_back({std::string_view(from.arena).substr(begin, end - begin)});
            begin = end;
        }
        with.append(lists[i]);
    }
    db_.wait_for(insert_, with, true);
    for (auto& v : values_) {
        v.numbers.clear();
        v.arena.clear();
        v.ends.clear();
    }
    rows_ = 0;
    bytes_ = 0;
}

}  // namespace setclick::ledger::postgres
