#include "web/seating.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace setclick::web {
namespace {

using enum connection_stage;

struct hall {
    steady_time now{std::chrono::hours{5}};
    seat_limits limits{8, 6, 2s};
    std::vector<seat> seats;

    void sit(std::string_view client, connection_stage stage, milliseconds ago, int count = 1) {
        for (int n = 0; n < count; ++n)
            seats.push_back({client, stage, now - ago});
    }
    seating come(std::string_view client) { return seat_for(client, seats, now, limits); }
};

TEST(Seating, ThereIsRoomUntilThereIsNone) {
    hall h;
    h.sit("a", answering, 1s, 5);
    EXPECT_TRUE(h.come("a").is_taken);
    EXPECT_FALSE(h.come("a").closes);
    h.sit("b", answering, 1s, 3);
    EXPECT_FALSE(h.come("c").is_taken) << "all are at work";
}

TEST(Seating, AGreedyClientOnlyTakesFromItself) {
    hall h;
    h.sit("a", answering, 1s, 5);
    h.sit("a", idle, 1s);
    h.sit("b", idle, 30s);
    auto const s = h.come("a");
    EXPECT_TRUE(s.is_taken);
    EXPECT_EQ(s.closes, 5U);
    h.seats[5].stage = answering;
    EXPECT_FALSE(h.come("a").is_taken);
    EXPECT_TRUE(h.come("b").is_taken) << "what is left is for others";
    EXPECT_FALSE(h.come("b").closes);
}

TEST(Seating, TheOneLongestIdleGoesFirstThenHalfRequestsThenWhoDoesNotRead) {
    hall h;
    h.sit("a", sending, 3s);
    h.sit("a", receiving, 9s);
    h.sit("a", receiving, 5s);
    h.sit("a", idle, 1s);
    h.sit("a", idle, 2s);
    h.sit("b", idle, 70s);
    h.sit("b", idle, 70s);
    h.sit("b", idle, 70s);
    for (auto const& [index, stage] :
         {std::pair{4U, idle}, {3U, idle}, {1U, receiving}, {2U, receiving}, {0U, sending}}) {
        auto const s = h.come("c");
        ASSERT_TRUE(s.is_taken);
        EXPECT_EQ(s.closes, index) << "of the client that has most";
        EXPECT_EQ(h.seats[index].stage, stage);
        h.seats[index].stage = answering;
    }
    EXPECT_FALSE(h.come("c").is_taken) << "those of a are at work now, and a has most";
}

TEST(Seating, AGuesserWhoWaitsKeepsNobodyOut) {
    hall h;
    h.sit("a", holding, 1s, 6);
    h.sit("b", answering, 1s, 2);
    EXPECT_TRUE(h.come("a").is_taken);
    EXPECT_TRUE(h.come("b").is_taken);
}

TEST(Seating, WhoJustBeganToReadItsAnswerMayFinish) {
    hall h;
    h.sit("a", sending, 1999ms, 8);
    EXPECT_FALSE(h.come("b").is_taken);
    h.now += 1ms;
    EXPECT_TRUE(h.come("b").is_taken);
}

TEST(Seating, AThousandHostileOnesNeverKeepSomebodyNewOut) {
    hall h;
    h.limits = {};
    std::vector<std::string> names;
    for (int n = 0; n < 16; ++n)
        names.push_back("10.0.0." + std::to_string(n));
    for (int n = 0; n < 1000; ++n) {
        h.now += 1ms;
        auto const& who = names[static_cast<std::size_t>(n) % names.size()];
        auto const s = h.come(who);
        ASSERT_TRUE(s.is_taken);
        if (s.closes) h.seats.erase(h.seats.begin() + static_cast<std::ptrdiff_t>(*s.closes));
        h.seats.push_back({who, receiving, h.now});
        ASSERT_LE(h.seats.size(), h.limits.all);
    }
    EXPECT_TRUE(h.come("somebody").is_taken);
}

TEST(Seating, EveryStageHasALimit) {
    for (auto const stage : {idle, receiving, answering, holding, sending, leaving}) {
        EXPECT_GT(longest(stage), 0ms);
        EXPECT_LE(longest(stage), 75s);
    }
    EXPECT_EQ(longest(receiving), 10s);
    EXPECT_EQ(longest(sending), 30s);
}

}  // namespace
}  // namespace setclick::web
