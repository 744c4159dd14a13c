#include "setclickd/delivery/window.hpp"

#include <gtest/gtest.h>

namespace setclick::delivery {
namespace {

constexpr steady_time at(int ms) {
    return steady_time{milliseconds{ms}};
}

void one_round(window& w) {
    auto const size = w.size();
    for (int i = 0; i < size; ++i)
        w.succeeded(size);
}

TEST(window, starts_with_one_alone_and_doubles_per_round_up_to_its_cap) {
    window w(20);
    for (int const expected : {1, 2, 4, 8, 16, 20, 20}) {
        EXPECT_EQ(w.size(), expected);
        one_round(w);
    }
}

TEST(window, that_is_not_used_does_not_grow) {
    window w(64);
    one_round(w);
    one_round(w);
    ASSERT_EQ(w.size(), 4);
    for (int i = 0; i < 1000; ++i)
        w.succeeded(1);
    EXPECT_EQ(w.size(), 4);
}

TEST(window, halves_once_for_all_attempts_that_were_on_the_wire_together) {
    window w(64);
    for (int i = 0; i < 5; ++i)
        one_round(w);
    ASSERT_EQ(w.size(), 32);
    for (int i = 0; i < 32; ++i)
        w.shrink(at(100 + i), at(50));
    EXPECT_EQ(w.size(), 16);
    w.shrink(at(300), at(200));
    EXPECT_EQ(w.size(), 8);
}

TEST(window, never_falls_below_one_and_shows_room_beside_what_is_in_flight) {
    window w(4);
    w.shrink(at(2), at(1));
    w.shrink(at(4), at(3));
    EXPECT_EQ(w.size(), 1);
    EXPECT_EQ(w.room(0), 1);
    EXPECT_EQ(w.room(1), 0);
    EXPECT_EQ(w.room(7), 0);
}

TEST(window, a_smaller_cap_cuts_it_and_a_restart_takes_it_back_to_one) {
    window w(64);
    for (int i = 0; i < 6; ++i)
        one_round(w);
    w.set_cap(10);
    EXPECT_EQ(w.size(), 10);
    w.restart();
    EXPECT_EQ(w.size(), 1);
    w.set_cap(0);
    one_round(w);
    EXPECT_EQ(w.size(), 1);
}

}  // namespace
}  // namespace setclick::delivery
