// The small parts: how the endpoint is reached, when a group is settled, when a full disk is tried.
#include <gtest/gtest.h>

#include "setclickd/delivery/disk_retry.hpp"
#include "setclickd/delivery/reachability.hpp"
#include "setclickd/delivery/settle_timing.hpp"
#include "timeline.hpp"

namespace setclick::delivery {
namespace {

class reach : public testing::Test {
protected:
    timeline t;
    reachability r;
};

TEST_F(reach, while_it_can_be_reached_every_connection_that_is_wanted_may_be_opened) {
    EXPECT_EQ(r.may_open(t.now, 16), 16U);
    EXPECT_EQ(r.now_is(), reachability::state::reached);
}

TEST_F(reach, connections_that_fail_together_are_one_failure) {
    EXPECT_TRUE(r.open_failed(t.now, false, "refused"));
    auto const next = r.next_try();
    EXPECT_GE(next, t.now + 100ms);
    EXPECT_LE(next, t.now + 250ms);
    for (int i = 0; i < 15; ++i)
        r.open_failed(t.now, false, "refused");
    EXPECT_EQ(r.next_try(), next);
}

TEST_F(reach, one_connection_is_tried_at_growing_intervals) {
    milliseconds longest{0};
    for (int i = 0; i < 20; ++i) {
        r.open_failed(t.now, false, "refused");
        EXPECT_EQ(r.may_open(t.now, 16), 0U);
        auto const wait = std::chrono::ceil<milliseconds>(r.next_try() - t.now);
        longest = std::max(longest, wait);
        EXPECT_LE(wait, 30s);
        t.advance(wait);
        EXPECT_EQ(r.may_open(t.now, 16), 1U);
        EXPECT_EQ(r.may_open(t.now, 0), 0U) << "nothing to send";
    }
    EXPECT_GT(longest, 10s);
}

TEST_F(reach, one_that_fails_while_others_are_open_only_slows_the_opening) {
    EXPECT_FALSE(r.open_failed(t.now, true, "refused"));
    EXPECT_EQ(r.now_is(), reachability::state::retrying);
    EXPECT_FALSE(r.is_unreached());
    EXPECT_EQ(r.may_open(t.now, 4), 0U);
    t.advance(250ms);
    EXPECT_EQ(r.may_open(t.now, 4), 4U);
}

TEST_F(reach, an_open_connection_ends_it_and_says_whether_it_was_news) {
    EXPECT_FALSE(r.opened());
    r.open_failed(t.now, false, "refused");
    EXPECT_EQ(r.why(), "refused");
    EXPECT_TRUE(r.opened());
    EXPECT_EQ(r.why(), "");
    EXPECT_EQ(r.may_open(t.now, 3), 3U);
    r.open_failed(t.now, false, "refused");
    EXPECT_LE(r.next_try(), t.now + 250ms) << "the interval begins anew";
}

TEST_F(reach, a_person_makes_the_next_try_at_once) {
    for (int i = 0; i < 9; ++i) {
        r.open_failed(t.now, false, "refused");
        t.advance(31s);
    }
    r.open_failed(t.now, false, "refused");
    r.try_now(t.now);
    EXPECT_EQ(r.may_open(t.now, 5), 1U);
}

TEST(settle, a_group_is_due_by_its_age_its_size_or_when_nothing_more_is_on_its_way) {
    timeline t;
    settle_timing g;
    EXPECT_EQ(g.due(false), never);
    EXPECT_TRUE(g.answered(t.now));
    t.advance(4ms);
    EXPECT_FALSE(g.answered(t.now)) << "the second one joins";
    EXPECT_EQ(g.due(false), t.now - 4ms + group_age);
    EXPECT_LE(g.due(true), t.now);
    for (std::size_t i = 2; i < group_size; ++i)
        g.answered(t.now);
    EXPECT_LE(g.due(false), t.now);
}

TEST(settle, sending_pauses_at_the_limit_of_both_groups_together) {
    timeline t;
    settle_timing g;
    for (std::size_t i = 0; i < unsettled_limit - 1; ++i)
        g.answered(t.now);
    g.taken();
    EXPECT_TRUE(g.may_send());
    EXPECT_TRUE(g.answered(t.now)) << "the next group begins";
    EXPECT_FALSE(g.may_send());
    g.settled();
    EXPECT_TRUE(g.may_send());
    EXPECT_EQ(g.unsettled(), 1U);
}

TEST(disk, claims_are_tried_once_a_second_answers_at_once_from_the_reserve) {
    timeline t;
    disk_retry d;
    EXPECT_LE(d.next_claim(), t.now);
    d.failed(t.now, true);
    EXPECT_TRUE(d.is_full());
    EXPECT_LE(d.next(), t.now);
    EXPECT_EQ(d.next_claim(), t.now + disk_retry::interval);
    d.failed(t.now);
    EXPECT_EQ(d.next(), t.now + disk_retry::interval);
    t.advance(1s);
    EXPECT_LE(d.next_claim(), t.now);
    EXPECT_TRUE(d.is_full()) << "only a claim that went through ends it";
    EXPECT_TRUE(d.claimed());
    EXPECT_FALSE(d.claimed());
    EXPECT_FALSE(d.is_full());
}

TEST(disk, a_lock_puts_off_everything_and_is_over_with_whatever_goes_through) {
    timeline t;
    disk_retry d;
    EXPECT_EQ(d.locked_why(), "");
    EXPECT_FALSE(d.wrote());
    d.locked(t.now, "by sqlite3 (pid 7)");
    EXPECT_EQ(d.locked_why(), "by sqlite3 (pid 7)");
    EXPECT_FALSE(d.is_full());
    EXPECT_EQ(d.next(), t.now + disk_retry::interval);
    EXPECT_EQ(d.next_claim(), t.now + disk_retry::interval);
    t.advance(1s);
    EXPECT_LE(d.next(), t.now);
    EXPECT_TRUE(d.wrote());
    EXPECT_FALSE(d.wrote());
    EXPECT_EQ(d.locked_why(), "");
    EXPECT_LE(d.next_claim(), t.now);
    d.failed(t.now);
    EXPECT_FALSE(d.wrote()) << "a full disk is another matter";
    d.locked(t.now, "by another");
    EXPECT_TRUE(d.claimed());
}

TEST(disk, a_note_that_could_not_be_written_stops_no_claim) {
    timeline t;
    disk_retry d;
    d.put_off(t.now);
    EXPECT_EQ(d.next(), t.now + 1s);
    EXPECT_LE(d.next_claim(), t.now);
}

}  // namespace
}  // namespace setclick::delivery
