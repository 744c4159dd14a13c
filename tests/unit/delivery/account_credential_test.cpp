#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(account_401, asks_once_for_a_refresh_and_waits_for_it) {
    driven_account a;
    auto const made = a.one(unauthorised());
    EXPECT_EQ(made.what, disposition::wait_again);
    EXPECT_FALSE(made.counted);
    EXPECT_TRUE(made.credential_refresh_wanted);
    EXPECT_FALSE(made.park_changed);
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_FALSE(a.control.is_parked());
}

TEST(account_401, a_refreshed_credential_lets_one_alone_try) {
    driven_account a;
    a.one(unauthorised());
    a.time.advance(200ms);
    a.control.credential_refreshed(a.time.now);
    EXPECT_EQ(a.control.room(a.time.now), 1);
    EXPECT_EQ(a.one(accepted()).what, disposition::delivered);
    // After a success the next 401 may ask again.
    EXPECT_TRUE(a.one(unauthorised()).credential_refresh_wanted);
}

TEST(account_401, again_after_the_refresh_parks) {
    driven_account a;
    a.one(unauthorised());
    a.control.credential_refreshed(a.time.now);
    auto const made = a.one(unauthorised());
    EXPECT_TRUE(made.park_changed);
    EXPECT_FALSE(made.credential_refresh_wanted);
    EXPECT_EQ(made.what, disposition::wait_again);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::unauthorised);
}

TEST(account_401, parks_when_there_is_no_other_credential) {
    driven_account a;
    a.one(unauthorised());
    EXPECT_TRUE(a.control.credential_refresh_failed(a.time.now, a.time.wall,
                                                    "the token file is unchanged"));
    EXPECT_EQ(a.control.visible_park().detail, "401, the token file is unchanged");
    EXPECT_FALSE(a.control.credential_refresh_failed(a.time.now, a.time.wall, "again"));
}

TEST(account_401, a_refresh_that_never_comes_does_not_stop_it_for_ever) {
    driven_account a;
    a.one(unauthorised());
    EXPECT_EQ(a.control.next_chance(a.time.now), a.time.now + 60s);
    ASSERT_TRUE(a.wait_for_room());
    EXPECT_TRUE(a.one(unauthorised()).park_changed);
}

TEST(account_401, of_many_attempts_on_the_wire_only_the_first_asks) {
    driven_account a;
    for (int i = 0; i < 3; ++i)
        a.one(accepted());
    auto const first = a.begin(), second = a.begin();
    a.time.advance(10ms);
    EXPECT_TRUE(a.end(first, unauthorised()).credential_refresh_wanted);
    a.control.credential_refreshed(a.time.now);
    // The second was sent with the old token.
    auto const made = a.end(second, unauthorised());
    EXPECT_FALSE(made.credential_refresh_wanted);
    EXPECT_FALSE(made.park_changed);
    EXPECT_EQ(a.control.room(a.time.now), 1);
}

TEST(account_401, for_thirty_seconds_costs_few_calls_and_a_written_file_wakes_it_at_once) {
    driven_account a;
    int rejected = 0;
    auto const until = a.time.now + 30s;
    while (a.time.now < until) {
        if (a.control.room(a.time.now) > 0) {
            auto const made = a.one(unauthorised());
            rejected += made.what == disposition::rejected;
            if (made.credential_refresh_wanted)
                a.control.credential_refresh_failed(a.time.now, a.time.wall, "unchanged");
        }
        a.time.advance(10ms);
    }
    EXPECT_EQ(rejected, 0);
    EXPECT_LE(a.calls, 10);
    a.control.credential_changed(a.time.now);
    EXPECT_EQ(a.control.room(a.time.now), 1);
    auto const made = a.one(accepted());
    EXPECT_TRUE(made.park_changed);
    EXPECT_TRUE(a.control.is_calm());
}

TEST(account_401, a_login_that_always_works_with_a_token_that_never_does_is_not_a_loop) {
    driven_account a;
    int logins = 0;
    auto const until = a.time.now + minutes{10};
    while (a.time.now < until && a.wait_for_room()) {
        auto const made = a.one(unauthorised());
        if (made.credential_refresh_wanted) {
            ++logins;
            a.control.credential_refreshed(a.time.now);
        }
    }
    EXPECT_LE(a.calls, 16);
    EXPECT_LE(logins, 8);
    EXPECT_GE(logins, 3);
}

TEST(account_401, a_file_written_while_a_probe_is_on_the_wire_still_wakes_it) {
    driven_account a;
    a.one(unauthorised());
    a.control.credential_refresh_failed(a.time.now, a.time.wall, "");
    ASSERT_TRUE(a.wait_for_room());
    auto const old_probe = a.begin();
    a.time.advance(10ms);
    a.control.credential_changed(a.time.now);
    ASSERT_EQ(a.control.room(a.time.now), 1);
    auto const probe = a.begin();
    a.time.advance(10ms);
    EXPECT_FALSE(a.end(old_probe, unauthorised()).credential_refresh_wanted);
    EXPECT_TRUE(a.end(probe, accepted()).park_changed);
    EXPECT_TRUE(a.control.is_calm());
    EXPECT_EQ(a.control.in_flight(), 0);
}

TEST(account_403, is_woken_by_a_written_credential_too) {
    driven_account a;
    a.one(forbidden());
    a.time.advance(1s);
    a.control.credential_changed(a.time.now);
    EXPECT_EQ(a.control.room(a.time.now), 1);
    EXPECT_TRUE(a.one(accepted()).park_changed);
}

TEST(account_credential, new_events_and_time_alone_do_not_wake_an_unauthorised_account_early) {
    driven_account a;
    a.one(unauthorised());
    a.control.credential_refresh_failed(a.time.now, a.time.wall, "");
    auto const probe_at = a.control.next_chance(a.time.now);
    EXPECT_GE(probe_at, a.time.now + 15s);
    for (; a.time.now + 100ms < probe_at; a.time.advance(100ms))
        ASSERT_EQ(a.control.room(a.time.now), 0);
}

}  // namespace
}  // namespace setclick::delivery
