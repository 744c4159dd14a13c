#include "setclickd/base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace setclick {
namespace {

TEST(text, utf8_prefix_ends_at_the_first_byte_that_is_not_well_formed) {
    struct {
        std::string_view text;
        std::size_t want;
    } const table[] = {
        {"", 0},
        {"abc", 3},
        {"é€😀", 9},
        {"a\x80", 1},
        {"a\xC0\xAF", 1},
        {"a\xE0\x9F\xBF", 1},
        {"a\xED\xA0\x80", 1},
        {"a\xEF\xBF\xBF", 4},
        {"a\xF0\x8F\xBF\xBF", 1},
        {"a\xF4\x8F\xBF\xBF", 5},
        {"a\xF4\x90\x80\x80", 1},
        {"a\xF5\x80\x80\x80", 1},
        {"a\xE2\x82", 1},
        {"a\xFF", 1},
    };
    for (auto const& row : table) {
        EXPECT_EQ(utf8_prefix(row.text), row.want) << row.text;
        EXPECT_EQ(is_utf8(row.text), row.want == row.text.size()) << row.text;
    }
}

TEST(text, printable_is_one_line_that_no_terminal_obeys) {
    EXPECT_EQ(printable("a\nb\t\x1b[31m\\é"), "a\\nb\\t\\x1b[31m\\\\é");
    EXPECT_EQ(printable("\xFF\xE2\x80\xAE"), "\\xff\\u{202e}");
    EXPECT_EQ(printable("abcdef", 3), "abc…");
}

TEST(text, nearest_name_is_given_only_when_near) {
    constexpr std::array<std::string_view, 3> known{"click_time", "settings", "referrer"};
    EXPECT_EQ(nearest("clicktime", known), "click_time");
    EXPECT_EQ(nearest("refferer", known), "referrer");
    EXPECT_EQ(nearest("utm_source", known), "");
}

TEST(text, nearest_name_is_also_the_one_whose_first_word_was_written) {
    constexpr std::array<std::string_view, 4> known{"id", "token_file", "rate_per_minute",
                                                    "tokens"};
    EXPECT_EQ(nearest("token", known), "tokens");
    EXPECT_EQ(nearest("token", std::span(known).first(3)), "token_file");
    EXPECT_EQ(nearest("rate", known), "rate_per_minute");
    EXPECT_EQ(nearest("rat", known), "");
}

TEST(text, nearest_name_is_also_the_one_that_was_shortened) {
    constexpr std::array<std::string_view, 2> known{"url_parameters", "settings"};
    EXPECT_EQ(nearest("url_params", known), "url_parameters");
    EXPECT_EQ(nearest("url_param", known), "url_parameters");
    EXPECT_EQ(nearest("urls", known), "");
}

TEST(text, value_that_may_be_an_address_is_not_shown) {
    EXPECT_EQ(shown_value("soon", 40), "\"soon\"");
    EXPECT_EQ(shown_value("abcdef", 3), "\"abc…\"");
    EXPECT_EQ(shown_value("a@b.example", 40), "(an e-mail address?)");
    EXPECT_EQ(shown_value("a%40b.example", 40), "(an e-mail address?)");
}

TEST(text, numbers_are_grouped_by_three) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(18446744073709551615ULL), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace setclick
