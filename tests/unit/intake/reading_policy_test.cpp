#include "reading_policy.hpp"

#include <gtest/gtest.h>

namespace setclick::intake {
namespace {

constexpr steady_time t0{};

TEST(reading_policy, without_new_files_whoever_is_being_read_goes_on) {
    reading_policy p;
    EXPECT_TRUE(p.may_read_on(t0, false, false));
    EXPECT_TRUE(p.may_read_on(t0, true, true));
    EXPECT_EQ(p.limits(t0, 0).events, chunk_limits{}.events);
    EXPECT_EQ(p.limits(t0, 500).events, 8 * chunk_limits{}.events);
}

TEST(reading_policy, a_file_that_comes_alone_stands_back_for_nobody) {
    reading_policy p;
    p.files_came(t0, false);
    EXPECT_TRUE(p.may_read_on(t0, true, true));
}

TEST(reading_policy, while_new_files_come_a_large_one_is_read_in_small_chunks_one_at_a_time) {
    reading_policy p;
    p.files_came(t0, true);
    EXPECT_FALSE(p.may_read_on(t0, true, false)) << "beside new files in the same call";
    EXPECT_FALSE(p.may_read_on(t0, false, true)) << "while another call is under way";
    EXPECT_TRUE(p.may_read_on(t0, false, false));
    EXPECT_EQ(p.limits(t0, 500).events, reading_policy::beside_new_files.events);
    auto const later = t0 + reading_policy::new_files_come_for;
    EXPECT_TRUE(p.may_read_on(later, true, true)) << "no new file for a second";
    EXPECT_EQ(p.limits(later, 0).bytes, chunk_limits{}.bytes);
}

TEST(reading_policy, after_four_calls_without_it_the_large_one_has_its_turn) {
    reading_policy p;
    std::string turns;
    for (int i = 0; i < 12; ++i) {
        auto const now = t0 + i * 10ms;
        p.files_came(now, true);
        turns += p.may_read_on(now, true, true) ? 'x' : '.';
        p.call_made(now, true, true);
    }
    EXPECT_EQ(turns, "....x...x...");
}

}  // namespace
}  // namespace setclick::intake
