#include "setclickd/delivery/forecast.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace setclick::delivery {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

TEST(drain_text, says_how_long_the_queue_takes) {
    struct {
        std::uint64_t waiting;
        double rate;
        double measured;
        char const* text;
    } const rows[] = {
        {10'000, 60, 0, "10,000 events at 60 a minute: about 2 h 47 min"},
        {10'000, 1, 0, "10,000 events at 1 a minute: about 6 d 23 h"},
        {1, 60, 0, "1 event at 60 a minute: about 1 s"},
        {90, 60, 5, "90 events at 60 a minute: about 1 min 30 s"},
        {3, 1.0 / 1440, 0, "3 events at 1 a day: about 3 d"},
        {30, 0.5, 0, "30 events at 0.5 a minute: about 1 h"},
        {1'000'000, unlimited, 60'000, "1,000,000 events at 60,000 a minute: about 17 min"},
        {5, 0, 0, "5 events: no forecast yet"},
        {0, 60, 0, "nothing waits"},
    };
    for (auto const& r : rows)
        EXPECT_EQ(drain_text(r.waiting, r.rate, r.measured), r.text);
}

TEST(drain_eta, is_finite_for_any_number) {
    EXPECT_EQ(drain_eta(60, 60), 60s);
    EXPECT_EQ(drain_eta(0, 0), 0ms);
    EXPECT_EQ(drain_eta(1, unlimited), std::nullopt);
    EXPECT_EQ(drain_eta(1, std::numeric_limits<double>::quiet_NaN()), std::nullopt);
    EXPECT_LE(*drain_eta(std::numeric_limits<std::uint64_t>::max(), 1e-9),
              std::chrono::hours{24 * 36'500});
}

TEST(rate_text, uses_the_unit_that_reads_well) {
    EXPECT_EQ(rate_text(60), "60 a minute");
    EXPECT_EQ(rate_text(33.333), "33.3 a minute");
    EXPECT_EQ(rate_text(1.0 / 20), "3 an hour");
    EXPECT_EQ(rate_text(0), "unlimited");
}

TEST(throughput, measures_a_steady_flow_and_forgets_after_quiet) {
    throughput t;
    steady_time now{std::chrono::hours{1}};
    EXPECT_EQ(t.per_minute(now), 0);
    for (int i = 0; i < 1200; ++i) {
        t.add(now, 10);
        now += 100ms;
    }
    EXPECT_NEAR(t.per_minute(now), 6000, 60);
    EXPECT_LT(t.per_minute(now + 60s), 1500);
    EXPECT_EQ(t.per_minute(now + std::chrono::minutes{11}), 0);
}

}  // namespace
}  // namespace setclick::delivery
