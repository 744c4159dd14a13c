// What the tests of this module share: rows that outlive their window, tables as text.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/row_reader.hpp"
#include "setclickd/csv/survey.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::csv {

struct kept_row {
    std::uint64_t line = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::vector<std::string> cells;
    row_fault fault = row_fault::none;
    std::uint32_t column = 0;
    bool is_blank = false;
    std::string own;

    friend bool operator==(kept_row const&, kept_row const&) = default;
    friend void PrintTo(kept_row const& r, std::ostream* out) {
        *out << "line " << r.line << " at " << r.offset << "+" << r.length << " fault "
             << static_cast<int>(r.fault) << "/" << r.column << (r.is_blank ? " blank" : "");
        for (auto const& cell : r.cells)
            *out << " [" << cell << "]";
    }
};

inline kept_row keep(row const& r) {
    kept_row out{r.line, r.offset, r.length, {}, r.fault, r.column, r.is_blank, std::string(r.own)};
    for (auto const cell : r.cells)
        out.cells.emplace_back(cell);
    return out;
}

/// The file in windows that grow by `step` bytes; with a new reader from the saved place after each
/// call where it `restarts`, and a sink that stops after each row where it `stops`.
inline std::vector<kept_row> rows_in_steps(std::string_view file, row_rules const& rules,
                                           std::size_t step, bool restarts = false,
                                           bool stops = false, event::position from = {}) {
    std::vector<kept_row> out;
    if (from.at == event::place{}) from.at = event::table_place{};
    row_reader reader(rules, from);
    auto begin = static_cast<std::size_t>(from.offset);
    auto end = begin;
    for (std::size_t guard = 0; !reader.finished(); ++guard) {
        if (guard > 20 * file.size() + 100) {
            ADD_FAILURE() << "no progress at " << begin;
            return out;
        }
        end = std::min(end + step, file.size());
        begin +=
            reader.consume(file.substr(begin, end - begin), end == file.size(), [&](row const& r) {
                out.push_back(keep(r));
                return !stops;
            });
        EXPECT_EQ(reader.where().offset, begin);
        if (restarts && !reader.finished()) {
            auto const kept = event::place_of(event::text_of(reader.where().at));
            EXPECT_TRUE(kept.has_value());
            reader = row_reader(
                rules, {reader.where().offset, reader.where().line, kept.value_or(event::place{})});
        }
    }
    return out;
}

inline std::vector<kept_row> rows_of(std::string_view file, row_rules const& rules = {}) {
    return rows_in_steps(file, rules, std::max<std::size_t>(file.size(), 1));
}

inline std::string encoded(std::string_view utf8, event::text_encoding e, bool with_mark = false) {
    std::string out;
    event::append_encoded(out, with_mark ? "\xEF\xBB\xBF" + std::string(utf8) : std::string(utf8),
                          e);
    return out;
}

}  // namespace setclick::csv
