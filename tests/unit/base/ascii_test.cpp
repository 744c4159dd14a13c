#include "setclickd/base/ascii.hpp"

#include <gtest/gtest.h>

namespace setclick {
namespace {

TEST(ascii, every_byte_is_judged_as_ascii_knows_it) {
    for (int code = 0; code < 256; ++code) {
        char const c = static_cast<char>(code);
        bool const digit = code >= 48 && code <= 57;
        bool const upper = code >= 65 && code <= 90;
        bool const small = code >= 97 && code <= 122;
        EXPECT_EQ(is_digit(c), digit) << code;
        EXPECT_EQ(is_letter(c), upper || small) << code;
        EXPECT_EQ(lower(c), upper ? static_cast<char>(code + 32) : c) << code;
    }
}

TEST(ascii, case_is_ignored_of_ascii_letters_alone) {
    EXPECT_TRUE(equals_ignoring_case("", ""));
    EXPECT_TRUE(equals_ignoring_case("GZip-1_\xC3\xA9", "gzIP-1_\xC3\xA9"));
    EXPECT_FALSE(equals_ignoring_case("\xC3\x89", "\xC3\xA9"));  // É, é
    EXPECT_FALSE(equals_ignoring_case("gzip", "gzi"));
    EXPECT_FALSE(equals_ignoring_case("[", "{"));  // 0x20 apart as letters are
    EXPECT_EQ(lowered("Content-TYPE \xC3\x89"), "content-type \xC3\x89");
}

TEST(ascii, a_part_is_found_at_its_place_only) {
    EXPECT_TRUE(starts_with_ignoring_case("Bearer x", "bearer"));
    EXPECT_FALSE(starts_with_ignoring_case("a bearer", "bearer"));
    EXPECT_FALSE(starts_with_ignoring_case("bear", "bearer"));
    EXPECT_TRUE(ends_with_ignoring_case("Orders.JSON", ".json"));
    EXPECT_FALSE(ends_with_ignoring_case("orders.json.1", ".json"));
    EXPECT_FALSE(ends_with_ignoring_case("son", ".json"));
    EXPECT_TRUE(contains_ignoring_case("text/HTML; charset=utf-8", "text/html"));
    EXPECT_TRUE(contains_ignoring_case("x", ""));
    EXPECT_TRUE(contains_ignoring_case("", ""));
    EXPECT_FALSE(contains_ignoring_case("", "x"));
    EXPECT_FALSE(contains_ignoring_case("htm", "html"));
}

TEST(ascii, trimmed_takes_what_is_named_off_both_ends) {
    EXPECT_EQ(trimmed(" \t a b\t "), "a b");
    EXPECT_EQ(trimmed("\r\n"), "\r\n");
    EXPECT_EQ(trimmed("\r a \n", " \r\n"), "a");
    EXPECT_EQ(trimmed(" \t "), "");
    EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace setclick
