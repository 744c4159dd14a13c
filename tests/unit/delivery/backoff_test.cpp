#include "setclickd/delivery/backoff.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace setclick::delivery {
namespace {

TEST(backoff_ceiling, doubles_from_the_base_to_the_cap) {
    backoff const b;
    struct {
        int failures;
        milliseconds ceiling;
    } const rows[] = {{-1, 1s},
                      {0, 1s},
                      {1, 1s},
                      {2, 2s},
                      {3, 4s},
                      {9, 256s},
                      {10, 512s},
                      {11, 600s},
                      {12, 600s},
                      {5000, 600s},
                      {std::numeric_limits<int>::max(), 600s}};
    for (auto const& r : rows)
        EXPECT_EQ(b.ceiling(r.failures), r.ceiling) << r.failures;
}

TEST(backoff_delay, is_spread_over_the_whole_step_and_never_outside_of_it) {
    backoff const b;
    random_source random(3);
    double sum = 0;
    milliseconds least = std::chrono::hours{1}, most{0};
    for (int i = 0; i < 10'000; ++i) {
        auto const d = b.delay(4, random);
        EXPECT_GE(d, 100ms);
        EXPECT_LE(d, 8s);
        least = std::min(least, d);
        most = std::max(most, d);
        sum += static_cast<double>(d.count());
    }
    EXPECT_LT(least, 200ms);
    EXPECT_GT(most, 7900ms);
    EXPECT_NEAR(sum / 10'000, 4050, 100);
}

TEST(backoff_delay, the_same_seed_draws_the_same_and_another_seed_another) {
    backoff const b;
    random_source one(5), same(5), other(6);
    auto const first = b.delay(9, one);
    EXPECT_EQ(first, b.delay(9, same));
    EXPECT_NE(first, b.delay(9, other));
}

TEST(backoff_total, is_the_sum_of_the_middles) {
    backoff const b({.base = 1s, .cap = 4s, .factor = 2, .floor = 0ms});
    EXPECT_EQ(b.expected_total(0), 0ms);
    EXPECT_EQ(b.expected_total(1), 500ms);
    EXPECT_EQ(b.expected_total(2), 1500ms);
    EXPECT_EQ(b.expected_total(3), 3500ms);
    EXPECT_EQ(b.expected_total(1003), 3500ms + 1000 * 2000ms);
}

TEST(backoff_total, seven_days_are_some_two_thousand_failures) {
    backoff const b;
    EXPECT_LT(b.expected_total(1900), std::chrono::hours{24 * 7});
    EXPECT_GT(b.expected_total(2100), std::chrono::hours{24 * 7});
}

TEST(backoff_settings, a_constant_backoff_and_a_huge_factor_are_sound) {
    random_source random(1);
    backoff const constant({.base = 1s, .cap = 10s, .factor = 1, .floor = 1s});
    EXPECT_EQ(constant.delay(500, random), 1s);
    EXPECT_EQ(constant.expected_total(5000), 5000s);
    backoff const huge({.base = 1s, .cap = 10s, .factor = 1e300, .floor = 0ms});
    EXPECT_EQ(huge.ceiling(3), 10s);
}

}  // namespace
}  // namespace setclick::delivery
