// 421: the connection leads to the wrong server.
#include "timeline.hpp"

namespace setclick::delivery {
namespace {

attempt_outcome misdirected() {
    return answer(421, api::verdict::misdirected);
}

TEST(account_misdirected, a_421_goes_again_at_once_and_is_never_in_doubt) {
    for (auto const policy : {doubt_policy::resend, doubt_policy::hold}) {
        auto s = driven_account::unlimited();
        s.in_doubt = policy;
        driven_account a(s);
        auto const made = a.one(misdirected());
        EXPECT_EQ(made.what, disposition::wait_again);
        EXPECT_TRUE(made.at_once);
        EXPECT_FALSE(made.counted);
        EXPECT_FALSE(made.in_doubt);
        EXPECT_FALSE(a.control.is_parked());
        EXPECT_GE(a.control.room(a.time.now), 1) << "again, now";
        EXPECT_EQ(a.one(accepted()).what, disposition::delivered);
    }
}

TEST(account_misdirected, all_that_were_on_the_wire_go_again_once) {
    driven_account a;
    for (int i = 0; i < 8; ++i) {
        std::vector<attempt_info> opening;
        while (a.control.room(a.time.now) > 0)
            opening.push_back(a.begin());
        for (auto const& info : opening)
            a.end(info, accepted());
    }
    std::vector<attempt_info> round;
    while (a.control.room(a.time.now) > 0)
        round.push_back(a.begin());
    ASSERT_GT(round.size(), 1U);
    a.time.advance(5ms);
    for (auto const& info : round)
        EXPECT_TRUE(a.end(info, misdirected()).at_once);
    auto const made = a.one(misdirected());
    EXPECT_FALSE(made.at_once) << "the new connections are wrong as well";
    EXPECT_EQ(made.what, disposition::defer);
    EXPECT_FALSE(made.in_doubt);
}

TEST(account_misdirected, one_that_stays_is_an_outage_that_ends_by_itself) {
    driven_account a;
    a.one(accepted());
    auto const calls = a.answer_all(misdirected(), std::chrono::hours{1});
    EXPECT_LT(calls, 40);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::unavailable);
    EXPECT_NE(a.control.visible_park().detail.find("421"), std::string::npos);
    ASSERT_TRUE(a.wait_for_room());
    EXPECT_TRUE(a.one(accepted()).park_changed);
    EXPECT_FALSE(a.control.is_parked());
    // Well again: the next one goes at once, too.
    EXPECT_TRUE(a.one(misdirected()).at_once);
}

}  // namespace
}  // namespace setclick::delivery
