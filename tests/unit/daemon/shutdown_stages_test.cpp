// Timelines of the daemon's end: the tests move `now` themselves; nothing waits.
#include "daemon/shutdown_stages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

namespace setclick::daemon {
namespace {

using stage = shutdown_stages::stage;
using part = shutdown_stages::part;
using action = shutdown_stages::action;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr milliseconds drain = 30s;

struct ShutdownStages : testing::Test {
    shutdown_stages stages;
    steady_time now{std::chrono::hours{24}};

    shutdown_stages::actions wait_until_deadline() {
        EXPECT_NE(stages.deadline(), never);
        now = stages.deadline();
        return stages.on_time(now);
    }
};

TEST_F(ShutdownStages, RunsUntilSomethingAsksForTheEnd) {
    EXPECT_TRUE(stages.is_running());
    EXPECT_EQ(stages.deadline(), never);
    EXPECT_THAT(stages.on_time(now + std::chrono::hours{24}), IsEmpty());
    EXPECT_TRUE(stages.is_running());
}

TEST_F(ShutdownStages, AnOrderlyEndGoesThroughEveryPart) {
    EXPECT_THAT(stages.on_signal(now, drain), ElementsAre(action::begin));
    EXPECT_EQ(stages.now_in(), stage::draining);
    EXPECT_EQ(stages.deadline(), now + drain);
    EXPECT_THAT(stages.on_ended(part::delivery), IsEmpty());
    EXPECT_EQ(stages.now_in(), stage::stopping);
    EXPECT_EQ(stages.deadline(), never) << "nothing is in flight that could be given up";
    EXPECT_THAT(stages.on_ended(part::intake), ElementsAre(action::limit_exit));
    EXPECT_EQ(stages.now_in(), stage::leaving);
    EXPECT_THAT(stages.on_ended(part::reconciler), ElementsAre(action::stop_loop));
    EXPECT_EQ(stages.now_in(), stage::ended);
    EXPECT_EQ(stages.outcome(), exit_code::done);
}

TEST_F(ShutdownStages, ThePartsMayEndInAnyOrder) {
    std::array order{part::delivery, part::intake, part::reconciler};
    do {
        shutdown_stages s;
        auto all = s.on_signal(now, drain);
        for (auto const p : order) {
            EXPECT_NE(s.now_in(), stage::ended);
            for (auto const a : s.on_ended(p))
                all.push_back(a);
        }
        EXPECT_EQ(s.now_in(), stage::ended);
        EXPECT_THAT(all, ElementsAre(action::begin, action::limit_exit, action::stop_loop));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(ShutdownStages, WhatIsInFlightTooLongIsGivenUpAndItsAnswersSettled) {
    stages.on_signal(now, drain);
    stages.on_ended(part::intake);
    stages.on_ended(part::reconciler);
    EXPECT_THAT(stages.on_time(now + drain - 1ms), IsEmpty()) << "not yet";
    EXPECT_THAT(wait_until_deadline(), ElementsAre(action::close_connections));
    EXPECT_EQ(stages.now_in(), stage::giving_up);
    EXPECT_THAT(stages.on_ended(part::delivery),
                ElementsAre(action::limit_exit, action::stop_loop));
}

TEST_F(ShutdownStages, ALedgerWithoutRoomDoesNotKeepTheDaemon) {
    stages.on_signal(now, drain);
    stages.on_ended(part::intake);
    stages.on_ended(part::reconciler);
    wait_until_deadline();
    auto const closed = now;
    EXPECT_THAT(wait_until_deadline(),
                ElementsAre(action::abandon_answers, action::limit_exit, action::stop_loop));
    EXPECT_EQ(now, closed + shutdown_stages::settle_time);
    EXPECT_EQ(stages.now_in(), stage::ended);
}

TEST_F(ShutdownStages, ADrainThatEndsLateChangesNothingAnyMore) {
    stages.on_signal(now, drain);
    wait_until_deadline();
    EXPECT_THAT(wait_until_deadline(), ElementsAre(action::abandon_answers));
    EXPECT_THAT(stages.on_ended(part::delivery), IsEmpty());
    EXPECT_EQ(stages.now_in(), stage::stopping);
    EXPECT_EQ(stages.deadline(), never);
}

TEST_F(ShutdownStages, AHangingReconcilerIsNotWaitedForLongerThanTheLimit) {
    stages.on_signal(now, drain);
    stages.on_ended(part::delivery);
    EXPECT_THAT(stages.on_ended(part::intake), ElementsAre(action::limit_exit))
        << "armed although the reconciler has not ended";
    EXPECT_EQ(stages.now_in(), stage::leaving);
}

TEST_F(ShutdownStages, TheExitIsNotLimitedWhileSomethingMayStillBeWritten) {
    stages.on_signal(now, drain);
    EXPECT_THAT(stages.on_ended(part::reconciler), IsEmpty());
    EXPECT_THAT(stages.on_ended(part::delivery), IsEmpty()) << "the intake may be importing";
}

TEST_F(ShutdownStages, ASecondSignalExitsAtOnceInEachStage) {
    for (int ended = 0; ended < 3; ++ended) {
        shutdown_stages s;
        s.on_signal(now, drain);
        if (ended > 0) s.on_ended(part::delivery);
        if (ended > 1) s.on_ended(part::intake);
        EXPECT_THAT(s.on_signal(now, drain), ElementsAre(action::exit_now));
        EXPECT_EQ(s.outcome(), exit_code::failed);
    }
}

TEST_F(ShutdownStages, WhatIsFatalDoesNotWaitForTheLedger) {
    EXPECT_THAT(stages.on_fatal(exit_code::io, now, drain), ElementsAre(action::begin));
    EXPECT_EQ(stages.now_in(), stage::stopping);
    EXPECT_EQ(stages.deadline(), never);
    EXPECT_THAT(stages.on_ended(part::intake), ElementsAre(action::limit_exit));
    EXPECT_THAT(stages.on_ended(part::reconciler), ElementsAre(action::stop_loop));
    EXPECT_EQ(stages.outcome(), exit_code::io);
}

TEST_F(ShutdownStages, WhatIsFatalWhileEndingExitsWithItsOwnCode) {
    stages.on_signal(now, drain);
    EXPECT_THAT(stages.on_fatal(exit_code::io, now, drain), ElementsAre(action::exit_now));
    EXPECT_EQ(stages.outcome(), exit_code::io);
}

TEST_F(ShutdownStages, OnceEndsWithItsCodeUnlessTheEndHasBegun) {
    EXPECT_THAT(stages.on_finished(exit_code::partly, now, drain), ElementsAre(action::begin));
    EXPECT_EQ(stages.outcome(), exit_code::partly);
    shutdown_stages other;
    other.on_signal(now, drain);
    EXPECT_THAT(other.on_finished(exit_code::partly, now, drain), IsEmpty());
    EXPECT_EQ(other.outcome(), exit_code::done);
}

TEST_F(ShutdownStages, WithoutDrainTimeConnectionsAreClosedAtOnce) {
    stages.on_signal(now, 0ms);
    EXPECT_THAT(stages.on_time(now), ElementsAre(action::close_connections));
}

/// Random histories: the loop stops once, after every part has ended; each other action comes at
/// most once; and with no help from outside but time, delivery is over within drain + settle_time.
TEST(ShutdownProperty, EveryHistoryEndsInOrder) {
    std::mt19937 random(20260101);
    for (int history = 0; history < 5000; ++history) {
        shutdown_stages s;
        steady_time now{std::chrono::hours{1}};
        auto const begun = now;
        std::map<action, int> seen;
        std::array<bool, 3> ended{};
        auto const take = [&](shutdown_stages::actions const& actions) {
            for (auto const a : actions) {
                EXPECT_EQ(++seen[a], 1);
                if (a == action::abandon_answers) ended[0] = true;
                if (a == action::limit_exit) {
                    EXPECT_TRUE(ended[0] && ended[1]);
                }
                if (a == action::stop_loop) {
                    EXPECT_TRUE(ended[0] && ended[1] && ended[2]);
                }
            }
        };
        bool const fatal = random() % 4 == 0;
        if (fatal) ended[0] = true;
        take(fatal ? s.on_fatal(exit_code::io, now, drain) : s.on_signal(now, drain));
        while (s.now_in() != stage::ended) {
            auto const which = random() % 5;
            if (which < 3 && random() % 8 == 0) {
                ended[which] = true;
                take(s.on_ended(static_cast<part>(which)));
            } else {
                now += milliseconds(random() % 5000);
                take(s.on_time(now));
            }
            if (s.now_in() < stage::stopping) {
                EXPECT_NE(s.deadline(), never);
            }
            // A look comes at most 5 s after each of the two deadlines.
            if (now > begun + drain + shutdown_stages::settle_time + 10s) {
                EXPECT_GE(s.now_in(), stage::stopping);
            }
        }
        EXPECT_EQ(seen[action::stop_loop], 1);
        EXPECT_EQ(seen[action::limit_exit], 1);
    }
}

}  // namespace
}  // namespace setclick::daemon
