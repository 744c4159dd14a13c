#include "setclickd/telemetry/log_limiter.hpp"

#include <gtest/gtest.h>

namespace setclick::telemetry {
namespace {

using kind = log_limiter::kind;

steady_time at(double s) {
    return steady_time{} + std::chrono::duration_cast<steady_time::duration>(
                               std::chrono::duration<double>(1000 + s));
}

TEST(log_limiter, trouble_for_two_minutes_is_said_at_its_begin_each_minute_and_at_its_end) {
    log_limiter limiter;
    auto const first = limiter.trouble(at(0));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->what, kind::begins);
    EXPECT_EQ(first->count, 1U);
    // Ten a second until the minute is over: silence.
    for (int i = 1; i < 600; ++i)
        ASSERT_FALSE(limiter.trouble(at(i * 0.1))) << i;
    auto const minute = limiter.trouble(at(60));
    ASSERT_TRUE(minute);
    EXPECT_EQ(minute->what, kind::lasts);
    EXPECT_EQ(minute->count, 600U);
    EXPECT_EQ(minute->lasted, 60s);
    EXPECT_FALSE(limiter.trouble(at(61)));
    auto const end = limiter.ended(at(90));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->what, kind::ended);
    EXPECT_EQ(end->count, 602U);
    EXPECT_EQ(end->lasted, 90s);
}

TEST(log_limiter, end_without_a_trouble_says_nothing) {
    log_limiter limiter;
    EXPECT_FALSE(limiter.ended(at(0)));
    EXPECT_FALSE(limiter.tick(at(1000)));
    limiter.trouble(at(0));
    EXPECT_TRUE(limiter.ended(at(1)));
    EXPECT_FALSE(limiter.ended(at(2)));
    EXPECT_FALSE(limiter.is_troubled());
}

TEST(log_limiter, new_trouble_after_an_end_is_said_at_once_and_counted_anew) {
    log_limiter limiter;
    limiter.trouble(at(0));
    limiter.trouble(at(1));
    limiter.ended(at(2));
    auto const again = limiter.trouble(at(3));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->what, kind::begins);
    limiter.trouble(at(4));
    EXPECT_EQ(limiter.ended(at(5))->count, 2U);
}

TEST(log_limiter, quiet_stall_is_said_by_the_timer_with_count_zero) {
    log_limiter limiter;
    limiter.trouble(at(0));
    EXPECT_FALSE(limiter.tick(at(59)));
    auto const minute = limiter.tick(at(60));
    ASSERT_TRUE(minute);
    EXPECT_EQ(minute->what, kind::lasts);
    EXPECT_EQ(minute->count, 0U);
    EXPECT_FALSE(limiter.tick(at(61)));
}

}  // namespace
}  // namespace setclick::telemetry
