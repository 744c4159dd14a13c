#include "sandbox/date_range.hpp"

#include <gtest/gtest.h>

namespace setclick::sandbox {
namespace {

using namespace std::chrono;

std::string shown(std::optional<date_range> const& range) {
    return range ? day_text(range->first) + ".." + day_text(range->last) : "none";
}

TEST(date_range, every_name_and_form_on_a_wednesday_in_march) {
    auto const today = sys_days{2024y / March / 6};
    struct {
        char const* text;
        char const* expected;
    } const cases[] = {
        {"20250301,20250331", "2025-03-01..2025-03-31"},
        {"20250301,20250301", "2025-03-01..2025-03-01"},
        {"20240229,20240301", "2024-02-29..2024-03-01"},
        {"today", "2024-03-06..2024-03-06"},
        {"yesterday", "2024-03-05..2024-03-05"},
        {"last_7_days", "2024-02-29..2024-03-06"},
        {"last_14_days", "2024-02-22..2024-03-06"},
        {"last_30_days", "2024-02-06..2024-03-06"},
        {"last_60_days", "2024-01-07..2024-03-06"},
        {"last_90_days", "2023-12-08..2024-03-06"},
        {"this_month", "2024-03-01..2024-03-31"},
        {"last_month", "2024-02-01..2024-02-29"},
        {"this_week_monday_sunday", "2024-03-04..2024-03-10"},
        {"this_week_sunday_saturday", "2024-03-03..2024-03-09"},
        {"this_year", "2024-01-01..2024-12-31"},
        {"last_year", "2023-01-01..2023-12-31"},
        {"", "none"},
        {"this_decade", "none"},
        {"20250301", "none"},
        {"20250331,20250301", "none"},
        {"20250229,20250301", "none"},
        {"20251301,20251302", "none"},
        {"2025-03-01,2025-03-31", "none"},
        {"20250301,20250331,20250401", "none"},
        {" 2025301,20250331", "none"},
    };
    for (auto const& c : cases)
        EXPECT_EQ(shown(parse_date_range(c.text, today)), c.expected) << c.text;
}

TEST(date_range, week_names_on_a_sunday_hold_that_sunday) {
    auto const sunday = sys_days{2024y / March / 10};
    EXPECT_EQ(shown(parse_date_range("this_week_monday_sunday", sunday)), "2024-03-04..2024-03-10");
    EXPECT_EQ(shown(parse_date_range("this_week_sunday_saturday", sunday)),
              "2024-03-10..2024-03-16");
}

TEST(date_range, last_month_in_january_is_december) {
    EXPECT_EQ(shown(parse_date_range("last_month", sys_days{2024y / January / 31})),
              "2023-12-01..2023-12-31");
}

}  // namespace
}  // namespace setclick::sandbox
