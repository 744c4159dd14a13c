#include "setclickd/spool/quiet.hpp"

#include <gtest/gtest.h>

#include "setclickd/spool/left_alone.hpp"

namespace setclick::spool {
namespace {

constexpr std::int64_t second = 1'000'000'000;

file_look look(std::int64_t ctime_s, std::uint64_t size = 10, std::uint64_t inode = 1) {
    return {inode, size, ctime_s * second, ctime_s * second};
}
wall_time at(std::int64_t s) {
    return from_ms(s * 1000);
}
steady_time steady(std::int64_t s) {
    return steady_time{} + std::chrono::seconds{s};
}

TEST(quiet_rule, a_file_is_quiet_settle_after_its_last_change) {
    quiet_rule rule(2s);
    EXPECT_FALSE(rule.is_quiet(look(100), at(100), steady(0)));
    EXPECT_FALSE(rule.is_quiet(look(100), at(101), steady(1)));
    EXPECT_TRUE(rule.is_quiet(look(100), at(102), steady(2)));
    EXPECT_FALSE(rule.is_quiet(look(102, 20), at(103), steady(3)));
}

TEST(quiet_rule, settle_zero_takes_at_once) {
    quiet_rule rule(0ms);
    EXPECT_TRUE(rule.is_quiet(look(500), at(100), steady(0)));
}

TEST(quiet_rule, an_mtime_in_the_future_does_not_matter) {
    quiet_rule rule(2s);
    auto l = look(100);
    l.mtime_ns = 999'999 * second;
    EXPECT_TRUE(rule.is_quiet(l, at(102), steady(0)));
}

TEST(quiet_rule, with_the_clock_set_back_a_year_the_steady_clock_decides) {
    quiet_rule rule(2s);
    constexpr std::int64_t year = 365 * 86'400;
    EXPECT_FALSE(rule.is_quiet(look(year), at(0), steady(0)));
    EXPECT_FALSE(rule.is_quiet(look(year), at(1), steady(1)));
    // It changes: the two seconds begin anew.
    EXPECT_FALSE(rule.is_quiet(look(year, 11), at(2), steady(2)));
    EXPECT_FALSE(rule.is_quiet(look(year, 11), at(3), steady(3)));
    EXPECT_TRUE(rule.is_quiet(look(year, 11), at(4), steady(4)));
}

TEST(quiet_rule, more_files_of_the_future_than_it_times_get_their_turn_when_others_have_left) {
    quiet_rule rule(2s);
    for (std::uint64_t inode = 0; inode < quiet_rule::most_watched; ++inode)
        EXPECT_FALSE(rule.is_quiet(look(900, 1, inode), at(0), steady(0)));
    auto const late = look(900, 1, 1'000'000);
    EXPECT_FALSE(rule.is_quiet(late, at(0), steady(0)));
    EXPECT_FALSE(rule.is_quiet(late, at(0), steady(3)));  // still no place
    rule.forget(7);
    EXPECT_FALSE(rule.is_quiet(late, at(0), steady(4)));
    EXPECT_TRUE(rule.is_quiet(late, at(0), steady(6)));
}

TEST(reported_names, a_file_is_told_once_while_it_stays_and_again_after_it_was_gone) {
    reported_names told;
    left_file const file{"a.csv", left_reason::other_name, 7, ""};
    EXPECT_TRUE(told.report(file));
    EXPECT_FALSE(told.report(file));
    told.pass_ended();
    EXPECT_FALSE(told.report(file));
    told.pass_ended();
    told.pass_ended();  // a whole pass without it
    EXPECT_TRUE(told.report(file));
    left_file const other{"a.csv", left_reason::unreadable, 7, ""};
    EXPECT_TRUE(told.report(other));
}

TEST(reported_names, a_hundred_thousand_files_cost_a_bounded_number_of_lines_and_one_sum_a_change) {
    reported_names told;
    auto const pass = [&] {
        std::size_t said = 0;
        for (std::uint64_t i = 1; i <= 100'000; ++i)
            said += told.report({"f" + std::to_string(i), left_reason::other_name, i, ""}) ? 1 : 0;
        return said;
    };
    EXPECT_EQ(pass(), reported_names::most);
    EXPECT_EQ(told.pass_ended(), 100'000 - reported_names::most);
    EXPECT_EQ(pass(), 0U);
    EXPECT_EQ(told.pass_ended(), 0U);
}

TEST(cure_command, a_name_with_escape_codes_becomes_a_find_by_inode) {
    EXPECT_EQ(cure_command("chmod a+r", "/s/incoming", "a b.json", 5),
              "chmod a+r '/s/incoming/a b.json'");
    EXPECT_EQ(cure_command("chmod a+r", "/s/incoming", "\x1b[1m.json", 5),
              "find '/s/incoming' -inum 5 -exec chmod a+r {} +");
    EXPECT_EQ(cure_command("chmod a+r", "/s/incoming", "it's.json", 5),
              "find '/s/incoming' -inum 5 -exec chmod a+r {} +");
}

}  // namespace
}  // namespace setclick::spool
