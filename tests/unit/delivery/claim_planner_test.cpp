// Whose events are claimed next, and when that is looked at.
#include "setclickd/delivery/claim_planner.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "timeline.hpp"

namespace setclick::delivery {
namespace {

constexpr account_no a{1}, b{2};

class planner : public testing::Test {
protected:
    std::vector<claim_grant> plan() {
        std::vector<claim_grant> out;
        p.plan(
            t.now, s,
            [this](account_no who) {
                return chances.contains(who) ? chances[who] : chance{1000, t.now};
            },
            out);
        return out;
    }
    int planned() {
        int sum = 0;
        for (auto const& w : plan())
            sum += w.count;
        return sum;
    }
    timeline t;
    claim_planner p;
    claim_situation s;
    std::map<account_no, chance> chances;
};

TEST_F(planner, nothing_wanted_is_nothing_due) {
    EXPECT_FALSE(p.is_due(t.now, s));
    EXPECT_EQ(p.next(t.now, s), never);
}

TEST_F(planner, a_batch_is_claimed_when_little_is_left_to_send) {
    p.set_wants(a, 10'000);
    EXPECT_TRUE(p.is_due(t.now, s));
    EXPECT_EQ(planned(), claim_size + low_water);
    s.ready = claim_size + low_water;
    EXPECT_FALSE(p.is_due(t.now, s)) << "enough is ready";
    s.ready = low_water - 1;
    p.ended(a, 257);
    EXPECT_TRUE(p.is_due(t.now, s));
}

TEST_F(planner, claims_join_a_transaction_for_answers_while_enough_is_left_to_send) {
    p.set_wants(a, 10'000);
    planned();
    p.ended(a, 192);
    s.ready = claim_size;
    EXPECT_FALSE(p.is_due(t.now, s)) << "no reason for a transaction of its own";
    EXPECT_EQ(planned(), 0);
    s.has_answers = true;
    EXPECT_FALSE(p.is_due(t.now, s));
    s.ready = claim_size + 1;
    EXPECT_EQ(planned(), 0) << "too few to be worth their rows";
    s.ready = claim_size;
    EXPECT_EQ(planned(), low_water);
    // As long as they may be claimed at all.
    p.ended(a, 192);
    s.is_open = false;
    EXPECT_EQ(planned(), 0);
}

TEST_F(planner, few_newcomers_need_not_wait_for_the_others) {
    p.set_wants(a, 10'000);
    planned();
    s.ready = claim_size;
    EXPECT_FALSE(p.is_due(t.now, s));
    p.ended(a, 100);
    p.set_wants(b, 5);
    ASSERT_TRUE(p.is_due(t.now, s));
    auto const out = plan();
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0], (claim_grant{b, 5}));
}

TEST_F(planner, many_newcomers_gather_for_a_while) {
    p.set_wants(a, 10'000);
    planned();
    p.ended(a, 384);
    for (std::uint32_t n = 10; n < 40; ++n)
        p.set_wants(account_no{n}, 1);
    s.ready = low_water;
    EXPECT_FALSE(p.is_due(t.now, s));
    EXPECT_EQ(p.next(t.now, s), t.now + newcomers_gather);
    t.advance(newcomers_gather);
    EXPECT_TRUE(p.is_due(t.now, s));
    EXPECT_GE(plan().size(), 30U);
}

TEST_F(planner, a_plan_without_a_grant_is_made_again_only_after_news) {
    p.set_wants(a, 100);
    chances[a] = {0, never};
    EXPECT_EQ(planned(), 0);
    EXPECT_FALSE(p.is_due(t.now, s));
    EXPECT_EQ(p.next(t.now, s), never) << "only news help";
    chances.clear();
    p.ready(a);
    EXPECT_EQ(planned(), 100);
}

TEST_F(planner, an_account_that_must_wait_is_looked_at_when_its_time_has_come) {
    p.set_wants(a, 100);
    chances[a] = {0, t.now + 700ms};
    planned();
    EXPECT_EQ(p.next(t.now, s), t.now + 700ms);
    t.advance(700ms);
    chances.clear();
    EXPECT_EQ(planned(), 100);
}

TEST_F(planner, nothing_is_claimed_while_the_endpoint_cannot_be_reached) {
    p.set_wants(a, 100);
    s.is_open = false;
    EXPECT_FALSE(p.is_due(t.now, s));
    EXPECT_EQ(p.next(t.now, s), never);
}

TEST_F(planner, a_parked_endpoint_gets_one_event_for_its_probe) {
    p.set_wants(a, 100);
    p.set_wants(b, 100);
    s.is_probing = true;
    EXPECT_EQ(planned(), 1);
    s.ready = 1;
    EXPECT_FALSE(p.is_due(t.now, s));
}

TEST_F(planner, long_waits_of_the_endpoint_and_full_disks_are_waited_for_short_ones_are_not) {
    p.set_wants(a, 100);
    s.endpoint_next = t.now + 1min;
    EXPECT_EQ(p.next(t.now, s), t.now + 1min);
    s.endpoint_next = t.now + 900ms;
    EXPECT_TRUE(p.is_due(t.now, s));
    s.disk_next = t.now + 1s;
    EXPECT_EQ(p.next(t.now, s), t.now + 1s);
    s.endpoint_next = never;
    EXPECT_EQ(p.next(t.now, s), never) << "paused";
}

}  // namespace
}  // namespace setclick::delivery
