// Whose event goes on the wire next.
#include "setclickd/delivery/send_turn.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace setclick::delivery {
namespace {

constexpr account_no a{1}, b{2}, c{3};

bool anybody(account_no) {
    return true;
}

class turn : public testing::Test {
protected:
    void have(account_no who, int n) {
        t.claimed(who, n);
        t.enter(who);
    }
    /// The next `n` that begin, as numbers.
    std::vector<unsigned> begin(int n) {
        std::vector<unsigned> out;
        for (int i = 0; i < n; ++i) {
            auto const who = t.next(anybody);
            out.push_back(static_cast<unsigned>(who));
            if (who == send_turn::nobody) break;
            t.begun(who);
        }
        return out;
    }
    send_turn t;
};

using numbers = std::vector<unsigned>;

TEST_F(turn, accounts_send_one_event_each_by_turns) {
    have(a, 3);
    have(b, 1);
    have(c, 2);
    EXPECT_EQ(begin(7), numbers({1, 2, 3, 1, 3, 1, 0}));
    EXPECT_EQ(t.ready(), 0);
    EXPECT_EQ(t.in_flight(), 6);
}

TEST_F(turn, one_that_may_not_begin_leaves_and_comes_back_when_it_is_put_back) {
    have(a, 1);
    have(b, 1);
    EXPECT_EQ(t.next([](account_no who) { return who != a; }), b);
    t.begun(b);
    EXPECT_FALSE(t.is_in_turn(a));
    EXPECT_EQ(t.next(anybody), send_turn::nobody) << "nobody put it back";
    t.enter(a);
    EXPECT_EQ(t.next(anybody), a);
}

TEST_F(turn, entering_twice_is_entering_once_and_nothing_ready_is_no_turn) {
    t.enter(a);
    EXPECT_FALSE(t.is_in_turn(a));
    have(a, 2);
    t.enter(a);
    EXPECT_EQ(begin(3), numbers({1, 1, 0}));
}

TEST_F(turn, the_last_eighth_of_the_connections_is_for_others) {
    t.set_connections(16);
    have(a, 100);
    have(b, 1);
    EXPECT_EQ(begin(3), numbers({1, 2, 1}));
    begin(40);
    EXPECT_EQ(t.in_flight(a), 13) << "two of sixteen stay free beside the other one's";
    have(c, 1);
    EXPECT_EQ(begin(1), numbers({3})) << "for one that has nothing on the wire";
}

TEST_F(turn, one_that_has_its_share_keeps_its_place) {
    t.set_connections(2);
    have(a, 5);
    EXPECT_EQ(begin(3), numbers({1, 1, 0}));
    EXPECT_TRUE(t.is_in_turn(a)) << "the next free connection is its own";
    t.ended(a, false);
    EXPECT_EQ(begin(2), numbers({1, 0}));
}

TEST_F(turn, an_event_that_never_began_is_ready_again) {
    have(a, 1);
    begin(1);
    t.ended(a, true);
    EXPECT_EQ(t.ready(a), 1);
    EXPECT_EQ(t.in_flight(), 0);
    t.enter(a);
    EXPECT_EQ(begin(1), numbers({1}));
}

TEST_F(turn, what_is_given_back_is_no_longer_ready) {
    have(a, 4);
    t.returned(a, 3);
    EXPECT_EQ(t.ready(), 1);
    t.returned(a, 9);
    EXPECT_EQ(t.ready(), 0) << "never below none";
    EXPECT_EQ(begin(1), numbers({0}));
}

TEST_F(turn, wanted_counts_those_in_the_turn_by_their_room_and_no_further_than_asked) {
    have(a, 3);
    have(b, 50);
    have(c, 2);
    auto const room = [](account_no who) { return who == b ? 10 : who == c ? 0 : 8; };
    EXPECT_EQ(t.wanted(100, room), 13U);
    EXPECT_EQ(t.wanted(5, room), 5U);
    EXPECT_EQ(send_turn().wanted(5, room), 0U);
}

}  // namespace
}  // namespace setclick::delivery
