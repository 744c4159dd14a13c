#include "csv/amount.hpp"

#include <gtest/gtest.h>

namespace setclick::csv {
namespace {

std::string read(std::string_view cell, decimal_sign sign) {
    amount out;
    read_amount(cell, sign, out);
    if (out.fault == amount_fault::none) return out.text;
    return problem_text(out.fault, cell, sign);
}

struct row {
    char const* cell;
    char const* open;   ///< nothing decided
    char const* point;  ///< decimals behind a point
    char const* comma;
};

// The problem begins so.
constexpr char const* two_ways = "of the form ";
constexpr char const* no = "is no amount";

TEST(amount, what_one_cell_can_be_read_as) {
    row const rows[] = {
        {"198.09", "198.09", "198.09", two_ways},
        {"198,09", "198.09", two_ways, "198.09"},
        {"1.234,56", "1234.56", two_ways, "1234.56"},
        {"1,234.56", "1234.56", "1234.56", two_ways},
        {"1.234", two_ways, "1.234", "1234"},
        {"1,234", two_ways, "1234", "1.234"},
        {"1.000", two_ways, "1.000", "1000"},
        {"-1.000", two_ways, "-1.000", "-1000"},
        {"1.234.567", "1234567", two_ways, "1234567"},
        {"1,234,567", "1234567", "1234567", two_ways},
        {"1.234.567,89", "1234567.89", two_ways, "1234567.89"},
        {"12,34,567.89", "1234567.89", "1234567.89", two_ways},
        {"1234.567", "1234.567", "1234.567", two_ways},
        {"0.123", "0.123", "0.123", two_ways},
        {"0,123", "0.123", two_ways, "0.123"},
        {"1234", "1234", "1234", "1234"},
        {"0", "0", "0", "0"},
        {"007", "7", "7", "7"},
        {"1000.", "1000", "1000", two_ways},
        {".5", "0.5", "0.5", two_ways},
        {"198.090000000000003", "198.090000000000003", "198.090000000000003", two_ways},
        {"110.7", "110.7", "110.7", two_ways},
        {"1 234,50", "1234.50", two_ways, "1234.50"},
        {"1\u00A0234,50", "1234.50", two_ways, "1234.50"},
        {"1\u202F234\u202F567,50", "1234567.50", two_ways, "1234567.50"},
        {"1'234.50", "1234.50", "1234.50", two_ways},
        {"1\u2019234.50", "1234.50", "1234.50", two_ways},
        {"1 234,567", "1234.567", two_ways, "1234.567"},
        {"$198.09", "198.09", "198.09", two_ways},
        {"US$ 198.09", "198.09", "198.09", two_ways},
        {"198,09 \u20AC", "198.09", two_ways, "198.09"},
        {"198,09\u00A0\u20AC", "198.09", two_ways, "198.09"},
        {"EUR 198.09", "198.09", "198.09", two_ways},
        {"198.09 EUR", "198.09", "198.09", two_ways},
        {"R$ 1.234,56", "1234.56", two_ways, "1234.56"},
        {"Fr. 12.50", "12.50", "12.50", two_ways},
        {"12,50 z\u0142", "12.50", two_ways, "12.50"},
        {"-$5.10", "-5.10", "-5.10", two_ways},
        {"$-5.10", "-5.10", "-5.10", two_ways},
        {"(1,234.56)", "-1234.56", "-1234.56", two_ways},
        {"\u20AC(63.12)", "-63.12", "-63.12", two_ways},
        {"$ (5.10)", "-5.10", "-5.10", two_ways},
        {"(7.00) EUR", "-7.00", "-7.00", two_ways},
        {"EUR (1.234,50)", "-1234.50", two_ways, "-1234.50"},
        {"12.50-", "-12.50", "-12.50", two_ways},
        {"\u221212.50", "-12.50", "-12.50", two_ways},
        {"+12.50", "12.50", "12.50", two_ways},
        {"NaN", no, no, no},
        {"ten", no, no, no},
        {"1.2.3", no, no, no},
        {"1,2,3", no, no, no},
        {"1,234.56.7", no, no, no},
        {"--5", no, no, no},
        {"-", no, no, no},
        {"EUR", no, no, no},
        {"7.00 CR", no, no, no},
        {"7.00 Dr", no, no, no},
        {"-(7.00)", no, no, no},
        {"(7.00", no, no, no},
        {"1 23", no, no, no},
        {"1e", no, no, no},
        {"12:30", no, no, no},
        {"1.98E+02", "is a number that a spreadsheet has rounded",
         "is a number that a spreadsheet has rounded",
         "is a number that a spreadsheet has rounded"},
        {"1e400", "is a number that a spreadsheet has rounded",
         "is a number that a spreadsheet has rounded",
         "is a number that a spreadsheet has rounded"},
        {"12%", "is a percentage", "is a percentage", "is a percentage"},
        {"#VALUE!", "is a spreadsheet's error", "is a spreadsheet's error",
         "is a spreadsheet's error"},
    };
    for (auto const& r : rows) {
        EXPECT_TRUE(read(r.cell, decimal_sign::open).starts_with(r.open))
            << r.cell << ": " << read(r.cell, decimal_sign::open);
        EXPECT_TRUE(read(r.cell, decimal_sign::point).starts_with(r.point))
            << r.cell << ": " << read(r.cell, decimal_sign::point);
        EXPECT_TRUE(read(r.cell, decimal_sign::comma).starts_with(r.comma))
            << r.cell << ": " << read(r.cell, decimal_sign::comma);
    }
}

TEST(amount, what_a_cell_shows_about_its_file) {
    EXPECT_EQ(sign_shown("198.09"), decimal_sign::point);
    EXPECT_EQ(sign_shown("198,09"), decimal_sign::comma);
    EXPECT_EQ(sign_shown("1.234"), decimal_sign::open);
    EXPECT_EQ(sign_shown("1,000"), decimal_sign::open);
    EXPECT_EQ(sign_shown("1234"), decimal_sign::open);
    EXPECT_EQ(sign_shown("nothing"), decimal_sign::open);
    EXPECT_EQ(sign_shown("1.234.567"), decimal_sign::comma);
}

TEST(amount, a_problem_shows_the_form_and_not_the_amount) {
    auto const text = read("1.234", decimal_sign::open);
    EXPECT_EQ(text.find("1.234"), std::string::npos);
    EXPECT_NE(text.find("9.999"), std::string::npos);
    EXPECT_EQ(masked_form("\u20AC 12,50 for Ann"), "99,99");
}

TEST(amount, whatever_stands_in_a_cell_has_an_answer) {
    std::string const form = "\u20AC -1\u202F234.567,89\u00A0z\u0142";
    for (std::size_t i = 0; i <= form.size(); ++i)
        for (std::size_t n = 0; n + i <= form.size(); ++n)
            for (auto const sign : {decimal_sign::open, decimal_sign::point, decimal_sign::comma})
                read(form.substr(i, n), sign);
    EXPECT_EQ(read(std::string(500, '1'), decimal_sign::point), no);
}

}  // namespace
}  // namespace setclick::csv
