#include "text_columns.hpp"

#include <gtest/gtest.h>

namespace setclick::cli {
namespace {

TEST(text_columns, wide_and_combining_characters_are_counted_as_a_terminal_shows_them) {
    struct {
        char const* text;
        std::size_t columns;
    } const table[]{
        {"", 0},        {"abc", 3},     {"ü", 1},  {"e\u0301", 1}, {"日本", 4},    {"한", 2},
        {"😀", 2},       {"→", 1},       {"▁█", 2}, {"\uFF21", 2},  {"\uFEFFx", 2},  // shown as a question mark
        {"ก\u0E34", 1}, {"👍\uFE0F", 2}, {"…", 1},
    };
    for (auto const& t : table)
        EXPECT_EQ(columns_of(t.text), t.columns) << t.text;
}

TEST(text_columns, a_text_takes_no_more_room_than_there_is) {
    struct {
        char const* text;
        std::size_t columns;
        char const* fitted;
        char const* in_ascii;
    } const table[]{
        {"abc", 3, "abc", "abc"},
        {"abcd", 3, "ab…", "ab~"},
        {"abc", 1, "…", "~"},
        {"abc", 0, "", ""},
        {"", 5, "", ""},
        {"日本語", 6, "日本語", "???"},
        {"日本語", 5, "日本…", "???"},
        {"日本語", 4, "日…", "???"},
        {"日本語", 1, "…", "~"},
        {"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301", "e?~"},
        {"a\x1b[2Jb", 9, "a?[2Jb", "a?[2Jb"},
        {"a\nb\r\tc\x7f", 9, "a?b??c?", "a?b??c?"},
        {"\u009b31m\u202Ex\u200Bz", 9, "?31m?x?z", "?31m?x?z"},
        {"\xff\xc3(", 9, "?\?(", "?\?("},
        {"cut\xe2\x82", 9, "cut??", "cut??"},
    };
    for (auto const& t : table) {
        EXPECT_EQ(fitted(t.text, t.columns, glyphs::blocks), t.fitted) << t.text;
        EXPECT_EQ(fitted(t.text, t.columns, glyphs::ascii), t.in_ascii) << t.text;
    }
}

TEST(text_columns, a_cell_is_as_wide_as_it_is_to_be) {
    EXPECT_EQ(cell("ab", 4, glyphs::text), "ab  ");
    EXPECT_EQ(cell("ab", 4, glyphs::text, true), "  ab");
    EXPECT_EQ(cell("日本語", 4, glyphs::text), "日… ");
    EXPECT_EQ(cell("abcdef", 4, glyphs::text, true), "abc…");
}

TEST(text_columns, words_are_not_cut_between_lines) {
    using lines = std::vector<std::string>;
    EXPECT_EQ(lines_of("one two three", 7, 3, glyphs::text), (lines{"one two", "three"}));
    EXPECT_EQ(lines_of("one two three", 8, 1, glyphs::text), (lines{"one two…"}));
    EXPECT_EQ(lines_of("one two three four", 8, 2, glyphs::text), (lines{"one two", "three f…"}));
    EXPECT_EQ(lines_of("onetwothree four", 6, 4, glyphs::text), (lines{"onetwo", "three", "four"}));
    EXPECT_EQ(lines_of("日本語日本語 x", 6, 4, glyphs::text), (lines{"日本語", "日本語", "x"}));
    EXPECT_EQ(lines_of("", 6, 4, glyphs::text), lines{});
    EXPECT_EQ(lines_of("a", 6, 0, glyphs::text), lines{});
    EXPECT_EQ(lines_of("日", 1, 2, glyphs::text), (lines{"…"})) << "and it ends";
}

}  // namespace
}  // namespace setclick::cli
