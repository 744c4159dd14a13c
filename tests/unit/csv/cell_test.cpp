#include "csv/cell.hpp"

#include <gtest/gtest.h>

#include "csv/column_name.hpp"

namespace setclick::csv {
namespace {

struct row {
    char const* cell;
    char const* as_text;
    char const* as_value;  ///< of an id, an amount, a time
};

TEST(cell, what_spreadsheets_put_around_a_value_is_taken_off) {
    row const rows[] = {
        {"plain", "plain", "plain"},
        {"", "", ""},
        {"  blanks ", "blanks", "blanks"},
        {"\tx\r\n", "x", "x"},
        {"\u00A0nbsp\u00A0", "nbsp", "nbsp"},
        {"\u200Bzero\u200B", "zero", "zero"},
        {"\uFEFFbom", "bom", "bom"},
        {"\u202Abidi\u202C", "bidi", "bidi"},
        {"=\"0034600\"", "0034600", "0034600"},
        {"=\"say \"\"so\"\"\"", "say \"so\"", "say \"so\""},
        {" =\"x\" ", "x", "x"},
        {"'0034600", "0034600", "0034600"},
        {"'+34600", "+34600", "+34600"},
        {"'=1+1", "=1+1", "=1+1"},
        {"'t Hart", "'t Hart", "t Hart"},
        {"'tis 'twas'", "'tis 'twas'", "'tis 'twas'"},
        {"'", "'", "'"},
        {"=1+1", "=1+1", "=1+1"},
        {"+34600111222", "+34600111222", "+34600111222"},
        {"\u00A0", "", ""},
    };
    std::string buffer;
    for (auto const& r : rows) {
        EXPECT_EQ(cleaned(r.cell, true, buffer).text, r.as_text) << r.cell;
        EXPECT_EQ(cleaned(r.cell, false, buffer).text, r.as_value) << r.cell;
    }
}

TEST(cell, what_was_taken_off_is_known_and_plain_blanks_are_not_worth_it) {
    std::string buffer;
    EXPECT_EQ(cleaned("  x ", true, buffer).taken, 0);
    EXPECT_EQ(cleaned("x\u00A0", true, buffer).taken, static_cast<int>(taken_off::unseen));
    EXPECT_EQ(cleaned("=\"x\"", true, buffer).taken, static_cast<int>(taken_off::formula));
    EXPECT_EQ(cleaned("'007", true, buffer).taken, static_cast<int>(taken_off::apostrophe));
}

TEST(cell, a_hash_is_64_hexadecimal_digits) {
    EXPECT_TRUE(is_hash(std::string(64, 'a')));
    EXPECT_TRUE(is_hash(std::string(32, '0') + std::string(32, 'F')));
    EXPECT_FALSE(is_hash(std::string(63, 'a')));
    EXPECT_FALSE(is_hash(std::string(63, 'a') + "g"));
}

TEST(column_name, spellings_of_one_name) {
    for (auto const* name :
         {"Click Time", "click_time", "click-time", " CLICK  TIME ", "\"click time\"",
          "'Click Time'", "\uFEFFclick_time", "click\u00A0time", "Click\u200B Time", "click\ttime",
          "clíck tíme", "cli\u0301ck time", "Click\nTime", "click__time"})
        EXPECT_EQ(folded(name), "click time") << name;
    EXPECT_EQ(folded("FECHA DE CREACIÓN"), "fecha de creacion");
    EXPECT_EQ(folded("\u00C4nderung \u00DCber"), "anderung uber");
    EXPECT_EQ(folded(""), "");
    EXPECT_EQ(folded("\u65E5\u4ED8"), "\u65E5\u4ED8");
    EXPECT_NE(folded("clicktime"), folded("click time"));
}

TEST(column_name, patterns_of_file_names) {
    EXPECT_TRUE(matches("crm-*.csv", "crm-2026-11.csv"));
    EXPECT_TRUE(matches("CRM-*.CSV", "crm-x.csv"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("a?c", "abc"));
    EXPECT_TRUE(matches("*a*b*", "xxaxxbxx"));
    EXPECT_FALSE(matches("crm-*.csv", "crm-x.tsv"));
    EXPECT_FALSE(matches("a?c", "ac"));
    EXPECT_FALSE(matches("", "x"));
    EXPECT_FALSE(matches("*a*b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace setclick::csv
