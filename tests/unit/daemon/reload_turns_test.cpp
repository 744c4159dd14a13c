#include "daemon/reload_turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

namespace setclick::daemon {
namespace {

using turns = reload_turns<int>;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReloadTurns, BeginsAtOnceWhenNoneRuns) {
    turns t;
    EXPECT_EQ(t.stage(), reload_stage::idle);
    EXPECT_TRUE(t.ask(1));
    EXPECT_EQ(t.stage(), reload_stage::reading);
    EXPECT_THAT(t.finish(), ElementsAre(1));
    EXPECT_EQ(t.stage(), reload_stage::idle);
    EXPECT_FALSE(t.begin_next());
    EXPECT_TRUE(t.is_idle());
}

TEST(ReloadTurns, WhoAsksMeanwhileWaitsForAnotherOneAfterIt) {
    turns t;
    EXPECT_TRUE(t.ask(1));
    t.enter(reload_stage::numbering);
    EXPECT_FALSE(t.ask(2));
    t.enter(reload_stage::applied);
    EXPECT_FALSE(t.ask(3));
    EXPECT_THAT(t.finish(), ElementsAre(1));
    EXPECT_TRUE(t.begin_next());
    EXPECT_EQ(t.stage(), reload_stage::reading);
    EXPECT_THAT(t.finish(), ElementsAre(2, 3)) << "one reload serves both";
    EXPECT_FALSE(t.begin_next());
}

TEST(ReloadTurns, ASignalWaitsForNoAnswerButBeginsOneToo) {
    turns t;
    EXPECT_TRUE(t.ask(std::nullopt));
    EXPECT_FALSE(t.ask(std::nullopt));
    EXPECT_THAT(t.finish(), IsEmpty());
    EXPECT_TRUE(t.begin_next());
    EXPECT_THAT(t.finish(), IsEmpty());
    EXPECT_FALSE(t.begin_next());
}

TEST(ReloadTurns, MayFinishInEachStage) {
    std::vector<reload_stage> const way{reload_stage::numbering, reload_stage::applied,
                                        reload_stage::stopping_intake};
    for (std::size_t steps = 0; steps <= way.size(); ++steps) {
        turns t;
        EXPECT_TRUE(t.ask(1));
        for (std::size_t i = 0; i < steps; ++i)
            t.enter(way[i]);
        EXPECT_THAT(t.finish(), ElementsAre(1)) << steps;
        EXPECT_FALSE(t.begin_next());
    }
}

TEST(ReloadTurns, AtTheEndEveryWaiterIsGivenBackAndNoneBegins) {
    turns t;
    EXPECT_TRUE(t.ask(1));
    EXPECT_FALSE(t.ask(2));
    EXPECT_THAT(t.cancel(), ElementsAre(1, 2));
    EXPECT_THAT(t.finish(), IsEmpty()) << "the one that still runs answers nobody twice";
    EXPECT_FALSE(t.begin_next());
}

/// Over random histories: each waiter is answered once, by a reload that began after it asked.
TEST(ReloadTurns, EachWaiterIsAnsweredOnceByAReloadThatReadAfterItAsked) {
    std::mt19937 random(4711);
    for (int history = 0; history < 2000; ++history) {
        turns t;
        int next = 0;
        int reload = 0;  // how many have begun
        std::deque<int> asked_in;
        std::set<int> answered;
        auto const answer = [&](std::vector<int> const& who) {
            for (auto const w : who) {
                EXPECT_TRUE(answered.insert(w).second) << "answered twice";
                EXPECT_LT(asked_in[static_cast<std::size_t>(w)], reload) << "read before it asked";
            }
        };
        for (int step = 0; step < 40; ++step) {
            if (random() % 2 == 0) {
                asked_in.push_back(reload);
                if (t.ask(next++)) ++reload;
            } else if (!t.is_idle()) {
                answer(t.finish());
                if (t.begin_next()) ++reload;
            }
        }
        while (!t.is_idle()) {
            answer(t.finish());
            if (t.begin_next()) ++reload;
        }
        EXPECT_EQ(answered.size(), asked_in.size());
    }
}

}  // namespace
}  // namespace setclick::daemon
