#include "web/effort.hpp"

#include <gtest/gtest.h>

namespace setclick::web {
namespace {

/// A thread whose every handler costs so much, and that rests when it is told to.
struct busy_thread {
    effort budget;
    steady_time now{std::chrono::hours{5}};
    effort::nanoseconds used{0};
    std::size_t handled = 0;

    void handle(effort::nanoseconds cost) {
        used += cost;
        now += cost;
        ++handled;
        for (;;) {
            auto const rest = budget.rest(used, now);
            if (rest == effort::nanoseconds{0}) return;
            EXPECT_LE(rest, effort::longest_rest);
            now += rest;
        }
    }
};

TEST(Effort, WhateverComesTheShareIsKept) {
    for (auto const cost : {20us, 200us, 5000us, 30'000us}) {
        busy_thread t;
        auto const begin = t.now;
        while (t.now - begin < 60s)
            t.handle(cost);
        auto const share = std::chrono::duration<double>(t.used) / (t.now - begin);
        EXPECT_LE(share, 0.084) << cost.count();
        EXPECT_GE(share, 0.078) << cost.count() << ": it is not idle for nothing";
    }
}

TEST(Effort, WhatIsUsualIsNeverHeldUp) {
    busy_thread t;
    for (int n = 0; n < 600; ++n) {  // a scrape of 15 ms and two of a page, each second
        auto const begin = t.now;
        t.handle(15ms);
        t.handle(2ms);
        t.handle(2ms);
        EXPECT_EQ(t.now - begin, 19ms);
        t.now = begin + 1s;
    }
}

TEST(Effort, ALongQuietTimeSavesUpNoMoreThanItsAllowance) {
    busy_thread t;
    t.handle(1us);
    t.now += std::chrono::hours{100};
    auto const begin = t.now;
    while (t.now - begin < 1s)
        t.handle(100us);
    EXPECT_LE(t.used, 1us + effort::at_once + 81ms);
}

}  // namespace
}  // namespace setclick::web
