#include "setclickd/delivery/read_answer.hpp"

#include <gtest/gtest.h>

namespace setclick::delivery {
namespace {

constexpr steady_time start{std::chrono::hours{1}};

api::answer_facts facts(int status) {
    api::answer_facts out;
    out.status = status;
    return out;
}

TEST(learn_from_read, retry_after_of_429_and_503_holds_the_gate_that_long) {
    for (int const status : {429, 503}) {
        gate g({.rate_per_minute = 600});
        auto said = facts(status);
        said.retry_after = 7s;
        learn_from_read(g, start, said, start - 1s, 0);
        EXPECT_EQ(g.next(start), start + 7s) << status;
    }
}

TEST(learn_from_read, limit_that_the_server_says_counts_at_once) {
    gate g({.rate_per_minute = 600});
    auto said = facts(200);
    said.limit_per_minute = 30;
    learn_from_read(g, start, said, start - 1s, 0);
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30);
}

TEST(learn_from_read, nothing_remaining_waits_for_the_reset) {
    gate g({.rate_per_minute = 600});
    auto said = facts(200);
    said.remaining = 0;
    said.reset_in = 5s;
    learn_from_read(g, start, said, start - 1s, 0);
    EXPECT_GE(g.next(start), start + 5s);
}

TEST(learn_from_read, an_ordinary_answer_changes_nothing) {
    gate g({.rate_per_minute = 600});
    learn_from_read(g, start, facts(200), start - 1s, 0);
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 600);
    EXPECT_EQ(g.next(start), start);
}

}  // namespace
}  // namespace setclick::delivery
