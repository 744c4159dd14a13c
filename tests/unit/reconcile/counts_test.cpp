#include "setclickd/reconcile/counts.hpp"

#include <gtest/gtest.h>

namespace setclick::reconcile {
namespace {

api::report_row row(char const* date, char const* label, char const* source) {
    api::report_row r;
    r.date = date;
    r.label = label;
    r.utm_source = source;
    return r;
}

TEST(columns_from, known_names_in_their_order_others_with_the_nearest) {
    EXPECT_EQ(*columns_from("day,label"), (std::vector{column::day, column::label}));
    EXPECT_EQ(*columns_from("campaign"), std::vector{column::campaign});
    EXPECT_NE(columns_from("labels").error().message.find("\"label\"?"), std::string::npos);
    for (auto const* text : {"", "day,", "day,day", "day label"})
        EXPECT_EQ(columns_from(text).error().code, errc::usage) << text;
}

TEST(row_counts, rows_are_counted_by_all_columns_together) {
    row_counts counts({column::day, column::label});
    counts.add(row("2025-03-31", "call", "a"));
    counts.add(row("2025-03-30", "call", "b"));
    counts.add(row("2025-03-31", "call", "c"));
    counts.add(row("2025-03-31", "", "c"));
    std::map<std::vector<std::string>, std::uint64_t> const want{
        {{"2025-03-30", "call"}, 1}, {{"2025-03-31", ""}, 1}, {{"2025-03-31", "call"}, 2}};
    EXPECT_EQ(counts.all(), want);
}

TEST(plotted, bars_are_in_proportion_and_what_counts_is_seen) {
    auto const lines = plotted({{"mon", 80}, {"tuesday", 40}, {"wed", 1}, {"thu", 0}}, 40);
    ASSERT_EQ(lines.size(), 4U);
    // 40 cells less 7 for the names, 2 for the counts and 4 between leave 27.
    auto const bar = [](std::size_t whole, std::string const& rest) {
        std::string out;
        for (std::size_t i = 0; i < whole; ++i)
            out += "█";
        return out + rest;
    };
    EXPECT_EQ(lines[0], "mon      " + bar(27, "") + "  80");
    EXPECT_EQ(lines[1], "tuesday  " + bar(13, "▌") + "  40");
    EXPECT_EQ(lines[2], "wed      " + bar(0, "▎") + "  1");
    EXPECT_EQ(lines[3], "thu        0");
}

TEST(plotted, nothing_to_plot_and_a_narrow_terminal_are_no_trouble) {
    EXPECT_TRUE(plotted({}, 80).empty());
    EXPECT_EQ(plotted({{std::string(300, 'x'), 7}}, 0).size(), 1U);
}

}  // namespace
}  // namespace setclick::reconcile
