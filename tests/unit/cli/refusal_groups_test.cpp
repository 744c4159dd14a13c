#include "cli/refusal_groups.hpp"

#include <gtest/gtest.h>

namespace setclick::cli {
namespace {

TEST(refusal_groups, rows_with_the_same_reason_are_one_group_with_a_few_examples) {
    refusal_groups groups;
    for (std::uint64_t line = 2; line < 102; ++line)
        groups.add(line, "column \"Close Date\": \"" + std::to_string(line) +
                             "/2/2021\" may be one or the other");
    groups.add(200, "column \"Amount\": is no amount");
    auto const sorted = groups.sorted();
    ASSERT_EQ(sorted.size(), 2U);
    EXPECT_EQ(sorted[0].count, 100U);
    EXPECT_EQ(sorted[0].reason, "column \"Close Date\": \u2026 may be one or the other");
    ASSERT_EQ(sorted[0].examples.size(), refusal_groups::most_examples);
    EXPECT_EQ(sorted[0].examples[0].line, 2U);
    EXPECT_EQ(sorted[0].examples[0].text,
              "column \"Close Date\": \"2/2/2021\" may be one or the other");
    EXPECT_EQ(sorted[1].reason, "column \"Amount\": is no amount");
    EXPECT_EQ(groups.others(), 0U);
}

TEST(refusal_groups, only_what_differs_is_left_out) {
    refusal_groups groups;
    for (auto const* value : {"soon", "never", "1/1"})
        groups.add(3, std::string("column \"When\": \"") + value +
                          "\" is no time; write such as 2021-10-20 07:31:28");
    for (int i = 0; i < 2; ++i)
        groups.add(9, "column \"Amount\": \"12\" is no amount");
    groups.add(11, "has 3 cells, and the header 5");
    groups.add(12, "has 12 cells, and the header 5");
    auto const sorted = groups.sorted();
    ASSERT_EQ(sorted.size(), 3U);
    EXPECT_EQ(sorted[0].reason,
              "column \"When\": \u2026 is no time; write such as 2021-10-20 07:31:28");
    EXPECT_EQ(sorted[1].reason, "column \"Amount\": \"12\" is no amount") << "the same each time";
    EXPECT_EQ(sorted[2].reason, "has \u2026 cells, and the header 5");
    EXPECT_EQ(refusal_groups::in_common("a", "a b c"), "a\u2026");
    EXPECT_EQ(refusal_groups::in_common("", ""), "");
    EXPECT_EQ(refusal_groups::in_common("x \"", "x \"y"), "x \u2026");
}

TEST(refusal_groups, columns_are_kept_apart_and_reasons_are_bounded) {
    EXPECT_NE(refusal_groups::without_values("column \"A\": is empty"),
              refusal_groups::without_values("column \"B\": is empty"));
    EXPECT_EQ(refusal_groups::without_values("has 3 cells, and the header 5"),
              refusal_groups::without_values("has 12 cells, and the header 5"));
    EXPECT_EQ(refusal_groups::without_values("ends in a quote \""), "ends in a quote \u2026");
    refusal_groups groups;
    for (char c = 'a'; c <= 'z'; ++c)
        for (char d = 'a'; d <= 'z'; ++d)
            groups.add(1, std::string("reason ") + c + d);
    EXPECT_EQ(groups.sorted().size(), refusal_groups::most_groups);
    EXPECT_EQ(groups.others(), 26U * 26U - refusal_groups::most_groups);
}

}  // namespace
}  // namespace setclick::cli
