#include "sandbox/rate_limit.hpp"

#include <gtest/gtest.h>

#include "sandbox/faults.hpp"

namespace setclick::sandbox {
namespace {

constexpr steady_time start{1h};

TEST(rate_limit, off_grants_everything) {
    rate_limit limit;
    EXPECT_FALSE(limit.is_on());
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(limit.take(0, start).granted);
}

TEST(rate_limit, burst_then_one_call_each_interval) {
    rate_limit limit(600, 5);
    for (int i = 0; i < 5; ++i) {
        auto const v = limit.take(0, start);
        EXPECT_TRUE(v.granted);
        EXPECT_EQ(v.remaining, 4 - i);
    }
    auto const refused = limit.take(0, start);
    EXPECT_FALSE(refused.granted);
    EXPECT_EQ(refused.next, 100ms);
    EXPECT_EQ(refused.full, 500ms);
    EXPECT_FALSE(limit.take(0, start + 99ms).granted);
    EXPECT_TRUE(limit.take(0, start + 100ms).granted);
    EXPECT_FALSE(limit.take(0, start + 101ms).granted);
}

TEST(rate_limit, tokens_do_not_share) {
    rate_limit limit(60, 1);
    EXPECT_TRUE(limit.take(0, start).granted);
    EXPECT_FALSE(limit.take(0, start).granted);
    EXPECT_TRUE(limit.take(1, start).granted);
}

TEST(rate_limit, burst_0_is_a_minutes_worth_and_at_least_one) {
    rate_limit sixty(60, 0);
    int granted = 0;
    while (sixty.take(0, start).granted)
        ++granted;
    EXPECT_EQ(granted, 60);
    rate_limit slow(0.5, 0);
    EXPECT_TRUE(slow.take(0, start).granted);
    EXPECT_EQ(slow.take(0, start).next, 120s);
}

TEST(rate_limit, random_callers_never_get_more_than_rate_and_burst) {
    dice numbers(3);
    rate_limit limit(600, 5);
    std::vector<steady_time> granted;
    auto now = start;
    for (int i = 0; i < 20'000; ++i) {
        now += milliseconds{static_cast<int>(numbers.next() % 120)};
        if (limit.take(0, now).granted) granted.push_back(now);
    }
    ASSERT_GT(granted.size(), 1000U);
    for (std::size_t i = 0; i + 1 < granted.size(); ++i) {
        auto const last = std::min(i + 200, granted.size() - 1);
        auto const seconds = std::chrono::duration<double>(granted[last] - granted[i]).count();
        EXPECT_LE(static_cast<double>(last - i + 1), 5 + 10 * seconds + 1e-6);
    }
}

}  // namespace
}  // namespace setclick::sandbox
