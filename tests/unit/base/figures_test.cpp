#include "setclickd/base/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace setclick {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::array three{0.1, 1.0, 10.0};

TEST(figures, a_counter_goes_up) {
    counter c;
    EXPECT_EQ(c.value(), 0u);
    c.add();
    c.add(41);
    EXPECT_EQ(c.value(), 42u);
}

TEST(figures, a_gauge_goes_both_ways) {
    gauge g;
    g.add(3);
    g.add(-5);
    EXPECT_EQ(g.value(), -2);
    g.set(7);
    EXPECT_EQ(g.value(), 7);
}

TEST(figures, a_bound_belongs_to_its_bucket) {
    struct {
        double value;
        std::size_t bucket;
    } const table[] = {{0, 0},      {0.1, 0}, {0.100001, 1}, {1, 1},
                       {1.0001, 2}, {10, 2},  {10.5, 3},     {1e9, 3}};
    for (auto const& row : table) {
        histogram h(three);
        h.add(row.value);
        auto const v = h.values();
        ASSERT_EQ(v.counts.size(), 4u);
        for (std::size_t i = 0; i < v.counts.size(); ++i)
            EXPECT_EQ(v.counts[i], i == row.bucket ? 1u : 0u) << row.value << " in " << i;
        EXPECT_DOUBLE_EQ(v.sum, row.value);
        EXPECT_EQ(v.count(), 1u);
    }
}

TEST(figures, durations_are_seconds) {
    histogram h(three);
    h.add(250ms);
    h.add(std::chrono::microseconds{50});
    h.add(1min);
    h.add(-5s);  // the clock was set back
    h.add(2s, 3);
    auto const v = h.values();
    EXPECT_THAT(v.bounds, ElementsAre(0.1, 1.0, 10.0));
    EXPECT_THAT(v.counts, ElementsAre(2, 1, 3, 1));
    EXPECT_NEAR(v.sum, 66.25005, 1e-9);
}

TEST(figures, more_bounds_than_there_is_room_for_are_left_out) {
    std::vector<double> many;
    for (int i = 0; i < 40; ++i)
        many.push_back(i);
    histogram h(many);
    h.add(39.0);
    auto const v = h.values();
    EXPECT_EQ(v.bounds.size(), histogram::most_bounds);
    EXPECT_EQ(v.counts.back(), 1u);
}

TEST(figures, nothing_is_known_of_an_empty_one) {
    EXPECT_EQ(histogram_values{}.count(), 0u);
}

/// Four threads count while one reads: what it reads never falls, and nothing is missed in the end.
TEST(figures, counted_on_several_threads_and_read_on_another) {
    constexpr std::uint64_t each = 50'000;
    counter c;
    histogram h(three);
    std::atomic<int> running{4};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (std::uint64_t i = 0; i < each; ++i) {
                c.add();
                h.add(0.5);
            }
            running.fetch_sub(1);
        });
    std::uint64_t before = 0;
    std::uint64_t count_before = 0;
    double sum_before = 0;
    bool has_fallen = false;
    while (running.load() > 0) {
        auto const now = c.value();
        auto const v = h.values();
        has_fallen = has_fallen || now < before || v.count() < count_before || v.sum < sum_before;
        before = now;
        count_before = v.count();
        sum_before = v.sum;
    }
    for (auto& t : threads)
        t.join();
    EXPECT_FALSE(has_fallen);
    EXPECT_EQ(c.value(), 4 * each);
    EXPECT_THAT(h.values().counts, ElementsAre(0, 4 * each, 0, 0));
    EXPECT_DOUBLE_EQ(h.values().sum, 0.5 * 4 * each);
}

}  // namespace
}  // namespace setclick
