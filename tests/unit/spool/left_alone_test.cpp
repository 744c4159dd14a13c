#include "setclickd/spool/left_alone.hpp"

#include <gtest/gtest.h>

namespace setclick::spool {
namespace {

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

TEST(reported_names, those_that_are_there_are_counted_by_their_reason) {
    reported_names told;
    auto const count = [&] { return told.counts()[static_cast<std::size_t>(left_reason::empty)]; };
    told.report({"a.json", left_reason::empty, 7, ""});
    told.report({"b.json", left_reason::empty, 8, ""});
    told.report({"b.json", left_reason::empty, 8, ""});
    EXPECT_EQ(count(), 2U);
    told.pass_ended();
    EXPECT_EQ(count(), 2U);
    told.report({"b.json", left_reason::empty, 8, ""});
    told.pass_ended();
    EXPECT_EQ(count(), 1U);
    told.pass_ended();
    EXPECT_EQ(count(), 0U);
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
