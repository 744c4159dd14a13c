#include "setclickd/reconcile/days.hpp"

#include <gtest/gtest.h>

namespace setclick::reconcile {
namespace {

TEST(days_of, every_named_range_on_a_wednesday) {
    auto const today = *day_from("2024-02-28");
    struct {
        char const *name, *want;
    } const table[] = {
        {"today", "20240228,20240228"},
        {"yesterday", "20240227,20240227"},
        {"last_7_days", "20240222,20240228"},
        {"last_14_days", "20240215,20240228"},
        {"last_30_days", "20240130,20240228"},
        {"last_60_days", "20231231,20240228"},
        {"last_90_days", "20231201,20240228"},
        {"this_month", "20240201,20240229"},
        {"last_month", "20240101,20240131"},
        {"this_week_monday_sunday", "20240226,20240303"},
        {"this_week_sunday_saturday", "20240225,20240302"},
        {"this_year", "20240101,20241231"},
        {"last_year", "20230101,20231231"},
        {"2024-02-28,2024-03-01", "20240228,20240301"},
        {"20240229", "20240229,20240229"},
    };
    for (auto const& row : table) {
        auto const range = days_of(row.name, today);
        ASSERT_TRUE(range) << row.name;
        EXPECT_EQ(query_text(*range), row.want) << row.name;
    }
}

TEST(days_of, weeks_on_their_own_first_and_last_days) {
    EXPECT_EQ(query_text(*days_of("this_week_monday_sunday", *day_from("2024-03-03"))),
              "20240226,20240303");
    EXPECT_EQ(query_text(*days_of("this_week_sunday_saturday", *day_from("2024-03-03"))),
              "20240303,20240309");
}

TEST(days_of, other_texts_are_usage_errors) {
    for (auto const* text : {"", "lately", "2024-02-30", "20240302,20240301", "2024-1-1"}) {
        auto const range = days_of(text, *day_from("2024-02-28"));
        ASSERT_FALSE(range) << text;
        EXPECT_EQ(range.error().code, errc::usage);
    }
}

TEST(day_range, widened_reaches_over_months) {
    day_range const range{*day_from("2024-03-01"), *day_from("2024-03-31")};
    EXPECT_EQ(query_text(range.widened(1)), "20240229,20240401");
    EXPECT_TRUE(range.holds(range.first));
    EXPECT_FALSE(range.holds(range.last + std::chrono::days{1}));
}

TEST(day_from, only_iso_days_that_exist) {
    EXPECT_EQ(day_text(*day_from("2024-02-29")), "2024-02-29");
    for (auto const* text :
         {"", "2023-02-29", "20240229", "2024-02-29T", "2024-13-01", "-024-01-01", "2024--1-01"})
        EXPECT_FALSE(day_from(text)) << text;
}

}  // namespace
}  // namespace setclick::reconcile
