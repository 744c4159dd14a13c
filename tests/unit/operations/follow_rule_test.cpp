// How long somebody waits for commands that others carry out: timelines.
#include "follow_rule.hpp"

#include <gmock/gmock.h>

namespace setclick::operations {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using kind = follow_rule::decision::kind;
using by = ledger::command_carrier;

steady_time at(milliseconds t) {
    return steady_time{} + t;
}

followed part(std::int64_t id, by carrier) {
    followed f;
    f.id = id;
    f.account = static_cast<account_no>(id);
    f.by = carrier;
    return f;
}

constexpr by node_a{by::kind::owner, 1};
constexpr by node_b{by::kind::owner, 2};
constexpr by some_node{by::kind::next_owner, 0};
constexpr by no_node{by::kind::nobody, 0};

TEST(follow_rule, whom_is_waited_for_is_said_once_after_two_seconds) {
    follow_rule rule(at(0s));
    std::vector parts{part(1, node_a), part(2, node_b)};
    EXPECT_THAT(rule.looked(at(1900ms), parts).waits_for, IsEmpty());
    parts[0].is_done = true;
    EXPECT_THAT(rule.looked(at(2100ms), parts).waits_for, ElementsAre(2));
    EXPECT_THAT(rule.looked(at(2500ms), parts).waits_for, IsEmpty()) << "once";
    parts[1].by = some_node;  // b has died
    EXPECT_THAT(rule.looked(at(22s), parts).waits_for, ElementsAre(0));
    parts[1].by = node_a;
    EXPECT_THAT(rule.looked(at(23s), parts).waits_for, ElementsAre(1));
    parts[1].is_done = true;
    EXPECT_EQ(rule.looked(at(24s), parts).is, kind::done);
}

TEST(follow_rule, nothing_that_happens_for_a_minute_ends_it) {
    follow_rule rule(at(0s));
    std::vector parts{part(1, node_a)};
    EXPECT_EQ(rule.looked(at(0s), parts).is, kind::wait);
    EXPECT_EQ(rule.looked(at(59s), parts).is, kind::wait);
    parts[0].progress = "1000";
    EXPECT_EQ(rule.looked(at(59500ms), parts).is, kind::wait) << "it goes on";
    EXPECT_EQ(rule.looked(at(119s), parts).is, kind::wait);
    EXPECT_EQ(rule.looked(at(119500ms), parts).is, kind::give_up);
}

TEST(follow_rule, without_a_node_it_ends_soon) {
    follow_rule rule(at(0s));
    std::vector parts{part(1, no_node), part(2, node_a)};
    EXPECT_EQ(rule.looked(at(0s), parts).is, kind::wait);
    EXPECT_EQ(rule.looked(at(30s), parts).is, kind::wait) << "a still lives";
    parts[1].by = no_node;
    EXPECT_EQ(rule.looked(at(31s), parts).is, kind::wait);
    EXPECT_EQ(rule.looked(at(35s), parts).is, kind::wait);
    EXPECT_EQ(rule.looked(at(36s), parts).is, kind::give_up);
}

TEST(follow_rule, it_looks_less_often_once_it_takes_long) {
    follow_rule const rule(at(0s));
    EXPECT_LE(rule.pause(at(1s)), 100ms);
    EXPECT_GE(rule.pause(at(3s)), 300ms);
}

}  // namespace
}  // namespace setclick::operations
