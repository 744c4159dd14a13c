// Any table of strings, written in any of the usual ways, is read back as the same cells, in any
// windows and with restarts anywhere.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "csv_fixture.hpp"
#include "setclickd/csv/write.hpp"

namespace setclick::csv {
namespace {

using table = std::vector<std::vector<std::string>>;
using random_source = std::mt19937_64;

std::size_t below(random_source& random, std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

std::string random_cell(random_source& random, bool is_windows) {
    static constexpr std::array<std::string_view, 22> parts{"a",
                                                            "B",
                                                            "7",
                                                            " ",
                                                            ",",
                                                            ";",
                                                            "\t",
                                                            "|",
                                                            "\"",
                                                            "\"\"",
                                                            "\n",
                                                            "\r\n",
                                                            "\r",
                                                            "=",
                                                            "#",
                                                            "'",
                                                            "",
                                                            "Parameters:",
                                                            "\xC3\xA9",
                                                            "\xE2\x82\xAC",
                                                            "\xF0\x9F\x98\x80",
                                                            "\xEF\xBB\xBF"};
    std::string out;
    for (auto n = below(random, 7); n > 0; --n)
        out += parts[below(random, is_windows ? parts.size() - 2 : parts.size())];
    return out;
}

/// As Python's csv, LibreOffice and our own writer do.
enum class style : std::uint8_t { ours, minimal, all, blanks_around_quotes };

void write_cell(std::string& out, std::string_view cell, style as, char separator, bool is_alone) {
    if (as == style::ours && !(is_alone && cell.empty())) return append_cell(out, cell, separator);
    bool const must = is_alone || cell.find_first_of("\"\r\n ,;\t|") != std::string_view::npos ||
                      cell.starts_with("\xEF\xBB\xBF");
    if (as == style::minimal && !must) {
        out += cell;
        return;
    }
    if (as == style::blanks_around_quotes) out += "  ";
    out += '"';
    for (char const c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
    if (as == style::blanks_around_quotes) out += ' ';
}

TEST(row_property, what_was_written_is_read) {
    std::uint64_t seed = 20211020;
    for (std::size_t round = 0; round < 4000; ++round, ++seed) {
        random_source random(seed);
        auto const as = static_cast<style>(below(random, 4));
        std::array<char, 4> const separators{',', ';', '\t', '|'};
        char const separator = separators[below(random, separators.size())];
        auto const ends = text_of(static_cast<line_end>(below(random, 3)));
        std::array const encodings{event::text_encoding::utf8, event::text_encoding::utf16le,
                                   event::text_encoding::utf16be,
                                   event::text_encoding::windows1252};
        auto const encoding = encodings[below(random, encodings.size())];
        bool const is_windows = encoding == event::text_encoding::windows1252;
        auto const columns = 1 + below(random, 5);
        table wanted(below(random, 8));
        std::string utf8;
        for (auto& row : wanted) {
            for (std::size_t i = 0; i < columns; ++i)
                row.push_back(random_cell(random, is_windows));
            for (std::size_t i = 0; i < columns; ++i) {
                if (i > 0) utf8 += separator;
                write_cell(utf8, row[i], as, separator, columns == 1);
            }
            if (&row != &wanted.back() || below(random, 2) == 0) utf8 += ends;
        }
        row_rules rules;
        rules.separator = separator;
        rules.columns = static_cast<std::uint32_t>(columns);
        rules.encoding = encoding;
        auto const file = encoded(utf8, encoding);
        auto const rows = rows_in_steps(file, rules, 1 + below(random, file.size() + 20),
                                        below(random, 2) == 0, below(random, 2) == 0);
        table got;
        for (auto const& r : rows) {
            EXPECT_EQ(r.fault, row_fault::none);
            got.push_back(r.cells);
            EXPECT_LE(r.offset + r.length, file.size());
            // Its own bytes alone are the same row.
            auto const alone = rows_of(std::string_view(file).substr(r.offset, r.length), rules);
            if (r.length > 0) {
                ASSERT_EQ(alone.size(), 1U);
                EXPECT_EQ(alone.front().cells, r.cells);
            }
        }
        ASSERT_EQ(got, wanted) << "seed " << seed << ": " << testing::PrintToString(utf8);
    }
}

/// Bytes at random: every byte belongs to one row or stands between two, in their order, however it
/// is cut.
TEST(row_property, any_bytes) {
    std::uint64_t seed = 7;
    for (std::size_t round = 0; round < 3000; ++round, ++seed) {
        random_source random(seed);
        static constexpr std::string_view bytes("a,\"\r\n x;\xC3\xA9\xFF\0\t", 14);
        std::string file;
        for (auto n = below(random, 120); n > 0; --n)
            file += bytes[below(random, bytes.size())];
        row_rules rules;
        rules.columns = static_cast<std::uint32_t>(below(random, 4));
        rules.ours = rules.columns > 2 ? 2 : 0;
        rules.max_row = 24;
        if (below(random, 3) == 0) rules.encoding = event::text_encoding::utf16le;
        auto const whole = rows_of(file, rules);
        std::uint64_t end = 0;
        for (auto const& r : whole) {
            EXPECT_GE(r.offset, end) << "seed " << seed;
            end = r.offset + r.length;
            EXPECT_LE(end, file.size()) << "seed " << seed;
        }
        auto const cut = rows_in_steps(file, rules, 1 + below(random, 30), below(random, 2) == 0,
                                       below(random, 2) == 0);
        ASSERT_EQ(cut, whole) << "seed " << seed << ": " << testing::PrintToString(file);
    }
}

}  // namespace
}  // namespace setclick::csv
