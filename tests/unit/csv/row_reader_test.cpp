#include "setclickd/csv/row_reader.hpp"

#include <gtest/gtest.h>

#include "csv_fixture.hpp"

namespace setclick::csv {
namespace {

using cells = std::vector<std::string>;
using event::text_encoding;

std::vector<cells> tables(std::string_view file, row_rules const& rules = {}) {
    std::vector<cells> out;
    for (auto const& r : rows_of(file, rules)) {
        EXPECT_EQ(r.fault, row_fault::none) << file;
        out.push_back(r.cells);
    }
    return out;
}

TEST(row_reader, cells_as_spreadsheets_write_them) {
    struct {
        std::string_view file;
        std::vector<cells> wanted;
    } const table[]{
        {"", {}},
        {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
        {"a,b\n1,2", {{"a", "b"}, {"1", "2"}}},
        {"a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
        {"a,b\r1,2\r", {{"a", "b"}, {"1", "2"}}},
        {"a,b\r\n1,2\n3,4\r5,6", {{"a", "b"}, {"1", "2"}, {"3", "4"}, {"5", "6"}}},
        {"\"a\",\"b\"\n", {{"a", "b"}}},
        {"\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
        {"\"a\nb\",\"c\r\nd\",\"e\rf\"\n", {{"a\nb", "c\r\nd", "e\rf"}}},
        {"\"\",\"\"\"\",\"\"\"\"\"\"\n", {{"", "\"", "\"\""}}},
        {",\n", {{"", ""}}},
        {"a,", {{"a", ""}}},
        {"a,\"\"", {{"a", ""}}},
        {"5\" pipe,a\"b\"c\n", {{"5\" pipe", "a\"b\"c"}}},
        {"a, \"b, c\" ,d\n", {{"a", "b, c", "d"}}},
        {"  a , b  \n", {{"  a ", " b  "}}},
        {"\xEF\xBB\xBF\"a\",b\n", {{"a", "b"}}},
        {"a\n\xEF\xBB\xBF"
         "b\n",
         {{"a"}, {"b"}}},
        {"=\"007\",'x\n", {{"=\"007\"", "'x"}}},
    };
    for (auto const& [file, wanted] : table)
        EXPECT_EQ(tables(file), wanted) << file;
}

TEST(row_reader, every_separator) {
    for (char const separator : {',', ';', '\t', '|', ':'}) {
        std::string const file = std::string("a") + separator + "\"b" + separator + "c\"\n";
        row_rules rules;
        rules.separator = separator;
        EXPECT_EQ(tables(file, rules),
                  (std::vector<cells>{{"a", std::string("b") + separator + "c"}}));
    }
}

TEST(row_reader, lines_offsets_and_bytes_of_each_row) {
    std::string_view const file = "a,b\r\n\"x\ny\",2\r\n\r\n3,4";
    auto const rows = rows_of(file);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[1].line, 2U);
    EXPECT_EQ(rows[1].offset, 5U);
    EXPECT_EQ(file.substr(rows[1].offset, rows[1].length), "\"x\ny\",2");
    EXPECT_TRUE(rows[2].is_blank);
    EXPECT_EQ(rows[2].line, 4U);
    EXPECT_EQ(rows[3].line, 5U);
    EXPECT_EQ(file.substr(rows[3].offset, rows[3].length), "3,4");
}

TEST(row_reader, our_own_columns_are_left_out) {
    row_rules rules;
    rules.columns = 4;
    rules.ours = 2;
    auto const rows =
        rows_of("7,\"click_time: is missing, \"\"x\"\"\",1,\"2\"\n8,e,1\n9\n,,\"x\n", rules);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].cells, (cells{"1", "2"}));
    EXPECT_EQ(rows[0].own, "1,\"2\"");
    EXPECT_EQ(rows[1].fault, row_fault::too_few);
    EXPECT_EQ(rows[2].fault, row_fault::none);
    EXPECT_TRUE(rows[2].is_blank) << "a row that holds our columns only";
    EXPECT_EQ(rows[3].fault, row_fault::unclosed_quote);
    EXPECT_EQ(rows[3].column, 1U);
}

struct fault_case {
    std::string_view name;
    std::string file;
    /// line, fault, column; or a good row with fault none
    std::vector<std::tuple<std::uint64_t, row_fault, std::uint32_t>> wanted;
};

void expect_faults(fault_case const& c) {
    row_rules rules;
    rules.columns = 3;
    rules.max_row = 40;
    std::vector<std::tuple<std::uint64_t, row_fault, std::uint32_t>> got;
    for (auto const& r : rows_of(c.file, rules))
        got.emplace_back(r.line, r.fault, r.column);
    EXPECT_EQ(got, c.wanted) << c.name;
}

TEST(row_reader, faults_and_the_row_that_follows) {
    using enum row_fault;
    fault_case const table[]{
        {"too few", "1,2\na,b,c\n", {{1, too_few, 3}, {2, none, 0}}},
        {"too many", "1,2,3,4\na,b,c\n", {{1, too_many, 4}, {2, none, 0}}},
        {"empty cells beyond", "1,2,3,, \na,b,c\n", {{1, none, 0}, {2, none, 0}}},
        {"NUL", std::string("1,x\0y,3\na,b,c\n", 14), {{1, nul, 2}, {2, none, 0}}},
        {"NUL in quotes", std::string("1,2,\"x\0\"\na,b,c\n", 15), {{1, nul, 3}, {2, none, 0}}},
        {"no UTF-8", "1,\xE9,3\na,b,c\n", {{1, not_text, 2}, {2, none, 0}}},
        {"overlong UTF-8", "1,2,\xC0\xAF\na,b,c\n", {{1, not_text, 3}, {2, none, 0}}},
        {"half a surrogate pair", "\xED\xA0\x80,2,3\n", {{1, not_text, 1}}},
        {"open at the file's end", "1,2,\"x\na,b,c\n", {{1, unclosed_quote, 3}, {2, none, 0}}},
        {"open, alone", "1,2,\"x", {{1, unclosed_quote, 3}}},
        {"open, and a later row has quotes",
         "1,2,\"x\na,b,\"c\"\nd,e,f\n",
         {{1, after_quote, 3}, {2, none, 0}, {3, none, 0}}},
        {"open, and all cells have quotes",
         "\"1\",\"2\",\"x\n\"a\",\"b\",\"c\"\n\"d\",\"e\",\"f\"\n",
         {{1, after_quote, 3}, {2, none, 0}, {3, none, 0}}},
        {"open, and an empty one in quotes follows",
         "1,2,\"x\n\"\",\"b\",\"c\"\nd,e,f\n",
         {{1, after_quote, 3}, {2, none, 0}, {3, none, 0}}},
        {"not doubled", "1,\"say \"hi\" now\",3\na,b,c\n", {{1, after_quote, 2}, {2, none, 0}}},
        {"behind the quote", "1,\"2\"x,3\na,b,c\n", {{1, after_quote, 2}, {2, none, 0}}},
        {"what cannot be told apart is one",
         "1,2,\"x\ny\nz \"t\" u\nv\na,b,c\n",
         {{1, after_quote, 3}, {5, none, 0}}},
        {"further than a row may be",
         "1,2,\"" + std::string(50, 'x') + "\na,b,c\nd,e,f\n",
         {{1, unclosed_quote, 3}, {2, none, 0}, {3, none, 0}}},
        {"too long", "1,2," + std::string(50, 'x') + "\na,b,c\n", {{1, too_long, 0}, {2, none, 0}}},
        {"too long, no end", "1,2," + std::string(50, 'x'), {{1, too_long, 0}}},
        {"as long as it may be",
         "1,2," + std::string(36, 'x') + "\r\na,b,c\n",
         {{1, none, 0}, {2, none, 0}}},
        {"one more", "1,2," + std::string(37, 'x') + "\na,b,c\n", {{1, too_long, 0}, {2, none, 0}}},
        {"a broken row over many lines of no rows",
         "1,2,\"x\n" + std::string(60, 'y') + "\n" + std::string(60, 'z') + "\r\na,b,c\n",
         {{1, unclosed_quote, 3}, {4, none, 0}}},
        {"a CR in the midst ends a row",
         "1,2\r3,4\na,b,c\n",
         {{1, too_few, 3}, {2, too_few, 3}, {3, none, 0}}},
    };
    for (auto const& c : table)
        expect_faults(c);
}

TEST(row_reader, a_broken_row_keeps_its_own_bytes_only) {
    row_rules rules;
    rules.columns = 3;
    std::string_view const file = "h,h,h\n1,2,\"x\ny\na,b,c\n";
    auto const rows = rows_of(file, rules);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(file.substr(rows[1].offset, rows[1].length), "1,2,\"x\ny\n");
    EXPECT_EQ(rows[2].line, 4U);
}

TEST(row_reader, what_is_found_does_not_depend_on_windows_and_restarts) {
    std::vector<std::string> const files{
        "a,b,c\r\n\"1\n\"\"\",2,3\r\n\r\n,,\n\"x\"y,2,3\na,b,c",
        "1,2,\"x\ny\nz \"t\" u\nv\na,b,c\n\"d\",\"e\r\",f\r",
        "1,2,\"" + std::string(90, 'x') + "\n1\n2\r\n" + std::string(70, '\r') + "a,b,c\n",
        "1,2," + std::string(90, 'x') + "\r\n" + std::string(90, 'y') + "\ra,b,\"c\"\r\n\"",
        "\xEF\xBB\xBF"
        "a,b,c\n\xEF\xBB\xBF\"a\",b,\"\xC3\xA9\"\"\"\n1,\xE9,3\n",
        std::string("\0,\"\0\",\n1,2\n\n\n\r\r\n", 17),
        "a,b,c\n" + std::string(38, 'x') + ",,\r\n" + std::string(37, 'x') + ",,\r\n",
        "\"\"\"\"\"\",\"\n\"\n",
    };
    for (auto const e : {text_encoding::utf8, text_encoding::utf16le, text_encoding::utf16be,
                         text_encoding::utf32le}) {
        row_rules rules;
        rules.columns = 3;
        rules.encoding = e;
        rules.max_row = 40 * event::unit_of(e);
        for (auto const& utf8 : files) {
            auto const file = encoded(utf8, e);
            auto const whole = rows_of(file, rules);
            // With less than a row's room no reader gets on; each further byte is a case of its own.
            for (std::size_t step = 1; step < 9; ++step)
                for (bool const restarts : {false, true})
                    for (bool const stops : {false, true})
                        EXPECT_EQ(rows_in_steps(file, rules, step, restarts, stops), whole)
                            << utf8 << " step " << step;
        }
    }
}

TEST(row_reader, other_encodings_give_the_same_cells_and_their_own_bytes) {
    std::string const utf8 =
        "n\xC3\xA4me;\"\xE2\x82\xAC 5\"\r\n\"O\xE2\x80\x99"
        "Brien\";x\r\n";
    for (auto const e : {text_encoding::utf16le, text_encoding::utf16be, text_encoding::utf32le,
                         text_encoding::utf32be, text_encoding::windows1252}) {
        row_rules rules;
        rules.separator = ';';
        rules.encoding = e;
        auto const file = encoded(utf8, e);
        auto const rows = rows_of(file, rules);
        ASSERT_EQ(rows.size(), 2U);
        EXPECT_EQ(rows[0].cells, (cells{"n\xC3\xA4me", "\xE2\x82\xAC 5"}));
        EXPECT_EQ(rows[1].cells, (cells{"O\xE2\x80\x99"
                                        "Brien",
                                        "x"}));
        EXPECT_EQ(file.substr(rows[1].offset, rows[1].length), encoded("\"O\xE2\x80\x99"
                                                                       "Brien\";x",
                                                                       e));
    }
}

TEST(row_reader, what_is_half_a_character_is_a_fault_of_its_row) {
    row_rules rules;
    rules.encoding = text_encoding::utf16le;
    rules.columns = 2;
    std::string file = encoded("a,b\n", text_encoding::utf16le);
    file += std::string("c\0,\0\x3D\xD8\n\0", 8);
    file += encoded("d,e\n", text_encoding::utf16le);
    auto const rows = rows_of(file, rules);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].fault, row_fault::not_text);
    EXPECT_EQ(rows[1].column, 2U);
    EXPECT_EQ(rows[2].fault, row_fault::none);
}

TEST(row_reader, problems_name_the_column) {
    row r;
    r.fault = row_fault::unclosed_quote;
    r.column = 3;
    EXPECT_TRUE(problem_of(r, 5, "note", 65536).starts_with("column 3 (note): a quote is opened"));
    r = {};
    r.fault = row_fault::too_few;
    r.met = 1;
    r.column = 2;
    EXPECT_TRUE(
        problem_of(r, 5, "note", 65536)
            .starts_with("column 2 (note): is missing: the row has 1 cell, and the header 5"));
    r.fault = row_fault::too_many;
    r.met = r.column = 6;
    EXPECT_TRUE(
        problem_of(r, 5, "", 65536)
            .starts_with("column 6: is beyond the header: the row has 6 cells, and the header 5"));
    r.fault = row_fault::too_long;
    EXPECT_NE(problem_of(r, 5, "", 65536).find("65,536"), std::string::npos);
}

}  // namespace
}  // namespace setclick::csv
