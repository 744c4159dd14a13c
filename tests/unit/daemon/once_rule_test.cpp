#include "daemon/once_rule.hpp"

#include <gtest/gtest.h>

namespace setclick::daemon {
namespace {

TEST(OnceRule, IsOverAfterThreeIdleLooksInARow) {
    once_rule rule;
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_TRUE(rule.is_over(true, true));
}

TEST(OnceRule, BeginsToCountAnewWhenAnythingMoves) {
    once_rule rule;
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_FALSE(rule.is_over(false, true)) << "a file is being read";
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_FALSE(rule.is_over(true, false)) << "an answer is waited for";
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_FALSE(rule.is_over(true, true));
    EXPECT_TRUE(rule.is_over(true, true));
}

TEST(OnceRule, IsNeverOverWhileOneOfThemIsBusy) {
    once_rule rule;
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(rule.is_over(i % 2 == 0, i % 2 != 0));
}

TEST(OnceEnd, HasOneExitCodeForEachWayToEnd) {
    struct row {
        char const* what;
        once_end end;
        exit_code code;
    };
    row const table[] = {
        {"all delivered", {}, exit_code::done},
        {"refused in an earlier run", {false, false, 7, {7, 0}}, exit_code::done},
        {"receipts of an earlier run were pruned", {false, false, 7, {3, 0}}, exit_code::done},
        {"one refused in this run", {false, false, 7, {8, 0}}, exit_code::partly},
        {"held, whenever", {false, false, 7, {7, 1}}, exit_code::partly},
        {"some wait for a park", {false, true, 0, {}}, exit_code::try_later},
        {"a park wins over refused and held", {false, true, 0, {5, 5}}, exit_code::try_later},
        {"a file that cannot be read wins over all", {true, true, 0, {5, 5}}, exit_code::io},
    };
    for (auto const& r : table)
        EXPECT_EQ(exit_code_of(r.end), r.code) << r.what;
}

}  // namespace
}  // namespace setclick::daemon
