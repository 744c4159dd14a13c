// The ledger's slots as plots of a day and of a month: every slot in its place, whatever the clock did.
#include "../../../src/status_model/history.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "setclickd/status_model/page_json.hpp"

namespace setclick::status_model {
namespace {

using ledger::history_counts;
using ledger::history_slot;
using rows = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

// 2026-03-29T01:07:30Z: some minutes after Central Europe went over to summer time.
constexpr std::int64_t begin_of_hour = 1'774'746'000;
constexpr wall_time moment = from_ms((begin_of_hour + 450) * 1000);
constexpr std::int64_t current = begin_of_hour / 900;

history_slot slot(std::int64_t number, std::uint64_t delivered) {
    history_slot out;
    out.number = number;
    out.counts.delivered = delivered;
    return out;
}

rows delivered(history_plot const& plot) {
    rows out;
    for (auto const& [index, counts] : plot.rows)
        out.emplace_back(index, counts.delivered);
    return out;
}

TEST(history_of, nothing_has_the_two_frames_and_no_row) {
    auto const made = history_of({}, moment);
    EXPECT_EQ(made.since, wall_time{});
    EXPECT_EQ(made.day.slots, 96U);
    EXPECT_EQ(made.day.from, begin_of_hour - 95 * 900);
    EXPECT_EQ(made.month.slots, 744U);
    EXPECT_EQ(made.month.from, begin_of_hour - 743 * 3600);
    EXPECT_TRUE(made.day.rows.empty());
    EXPECT_TRUE(made.month.rows.empty());
    EXPECT_TRUE(made.later.empty());
}

TEST(history_of, each_slot_is_in_its_place_and_the_present_one_is_the_last) {
    auto const made = history_of(
        {slot(current - 743 * 4 - 1, 1), slot(current - 743 * 4, 2), slot(current - 96, 4),
         slot(current - 95, 8), slot(current - 2, 16), slot(current - 1, 32), slot(current, 64)},
        moment);
    EXPECT_EQ(delivered(made.day), (rows{{0, 8}, {93, 16}, {94, 32}, {95, 64}}));
    // The hour of the day before yesterday's last quarter, and the one that is over, whole.
    EXPECT_EQ(delivered(made.month), (rows{{0, 2}, {719, 12}, {742, 48}, {743, 64}}));
    EXPECT_EQ(made.since, from_ms((current - 743 * 4 - 1) * 900'000));
}

TEST(history_of, clock_that_was_set_back_shows_what_lies_ahead_apart) {
    auto const made = history_of({slot(current, 1), slot(current + 1, 2), slot(current + 96, 4),
                                  slot(current + 365 * 96, 8)},
                                 moment);
    EXPECT_EQ(delivered(made.day), (rows{{95, 1}}));
    EXPECT_EQ(made.later.delivered, 14U);
    // A day later one of them has come.
    auto const then =
        history_of({slot(current, 1), slot(current + 96, 4)}, moment + std::chrono::hours{24});
    EXPECT_EQ(delivered(then.day), (rows{{95, 4}}));
    EXPECT_TRUE(then.later.empty());
}

TEST(history_of, clock_without_a_battery_is_bounded_too) {
    auto const made = history_of({slot(-5, 1), slot(0, 2), slot(INT64_MAX, 4)}, from_ms(10'000));
    EXPECT_EQ(delivered(made.day), (rows{{95, 2}}));
    EXPECT_EQ(delivered(made.month), (rows{{743, 2}}));
    EXPECT_EQ(made.since, wall_time{}) << "1970 is not known";
    EXPECT_EQ(made.later.delivered, 4U);
    auto const lowest = history_of({slot(INT64_MIN, 1), slot(current, 2)}, moment);
    EXPECT_EQ(delivered(lowest.month), (rows{{743, 2}}));
}

TEST(page_json, history_has_rows_of_numbers_in_the_order_of_its_fields) {
    page_report page;
    auto with_all = slot(current, 1);
    with_all.counts = {1, 2, 3, 4, 5, 6};
    page.history = history_of({with_all}, moment);
    auto const made = page_json(page);
    auto const& h = made.at("history");
    EXPECT_EQ(h.at("fields"), (boost::json::array{"delivered", "rejected", "deferred", "in_doubt",
                                                  "duplicate", "discarded"}));
    EXPECT_EQ(h.at("day").at("rows"), (boost::json::array{{95, 1, 2, 3, 4, 5, 6}}));
    EXPECT_EQ(h.at("month").at("slot_seconds"), 3600);
    EXPECT_EQ(h.at("later"), (boost::json::array{0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(h.at("since"), "2026-03-29T01:00:00Z");
    EXPECT_TRUE(page_json(page_report{}).at("history").is_null());
}

}  // namespace
}  // namespace setclick::status_model
