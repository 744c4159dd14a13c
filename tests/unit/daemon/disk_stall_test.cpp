// Timelines of looks, one a second: the tests move `now` themselves.
#include "daemon/disk_stall.hpp"

#include <gtest/gtest.h>

namespace setclick::daemon {
namespace {

using change = disk_stall::change;

struct DiskStall : testing::Test {
    /// One second later the thread stands in its `wait`-th wait.
    change in_call(std::uint64_t wait) { return look(thread_sample{true, wait}); }
    change elsewhere(std::uint64_t wait) { return look(thread_sample{false, wait}); }
    change look(std::optional<thread_sample> seen) {
        now += 1s;
        return stall.look(seen, now);
    }
    disk_stall stall;
    steady_time now{std::chrono::hours{24}};
};

TEST_F(DiskStall, OneCallThatLastsIsReportedOnceAndItsEndToo) {
    EXPECT_EQ(in_call(7), change::none);
    EXPECT_EQ(in_call(7), change::none);
    EXPECT_EQ(in_call(7), change::none);
    EXPECT_EQ(in_call(7), change::began) << "three seconds after the first look";
    EXPECT_EQ(stall.length(), 3s);
    for (int i = 0; i < 36; ++i)
        EXPECT_EQ(in_call(7), change::none);
    EXPECT_TRUE(stall.is_stalled());
    EXPECT_EQ(elsewhere(8), change::ended);
    EXPECT_EQ(stall.length(), 40s);
    EXPECT_FALSE(stall.is_stalled());
    EXPECT_EQ(elsewhere(8), change::none);
}

TEST_F(DiskStall, ADiskThatAnswersSlowlyIsNoStall) {
    for (std::uint64_t wait = 1; wait < 100; ++wait) {
        EXPECT_EQ(in_call(wait), change::none);
        EXPECT_EQ(in_call(wait), change::none);
    }
    EXPECT_FALSE(stall.is_stalled());
    EXPECT_TRUE(stall.is_in_call());
}

TEST_F(DiskStall, AThreadThatComputesOrWaitsForAnotherOneIsNoStall) {
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(elsewhere(7), change::none);
    EXPECT_FALSE(stall.is_in_call());
}

TEST_F(DiskStall, TheNextCallIsANewStallWithALengthOfItsOwn) {
    for (int i = 0; i < 10; ++i)
        in_call(7);
    EXPECT_EQ(in_call(8), change::ended);
    EXPECT_EQ(stall.length(), 10s);
    EXPECT_EQ(in_call(8), change::none);
    EXPECT_EQ(in_call(8), change::none);
    EXPECT_EQ(in_call(8), change::began);
    EXPECT_EQ(stall.length(), 3s);
}

TEST_F(DiskStall, AThreadThatEndsEndsItsStall) {
    for (int i = 0; i < 10; ++i)
        in_call(7);
    EXPECT_EQ(look(std::nullopt), change::ended);
    EXPECT_FALSE(stall.is_in_call());
}

TEST_F(DiskStall, IsReportedWithinFiveSecondsWhereverBetweenTwoLooksItBegan) {
    for (int begins_after = 0; begins_after < 1000; begins_after += 50) {
        disk_stall s;
        auto const begun = now;
        auto at = begun + milliseconds{begins_after};
        while (s.look(thread_sample{true, 1}, at) != change::began)
            at += 1s;
        EXPECT_LE(at - begun, 5s);
    }
}

}  // namespace
}  // namespace setclick::daemon
