#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct misplaced_case {
    int status;
    api::verdict verdict;
    park_reason reason;
};

class misplaced : public testing::TestWithParam<misplaced_case> {
protected:
    attempt_outcome outcome() const { return answer(GetParam().status, GetParam().verdict); }
};

TEST_P(misplaced, parks_the_account_at_its_first_answer_and_keeps_the_event) {
    driven_account a;
    auto const made = a.one(outcome());
    EXPECT_TRUE(made.park_changed);
    EXPECT_EQ(made.what, GetParam().verdict == api::verdict::foreign_content
                             ? disposition::resend
                             : disposition::wait_again);
    EXPECT_FALSE(made.counted);
    auto const shown = a.control.visible_park();
    EXPECT_EQ(shown.reason, GetParam().reason);
    EXPECT_EQ(shown.since, a.time.wall);
    EXPECT_EQ(shown.detail, std::to_string(GetParam().status));
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_TRUE(a.control.dirty());
}

TEST_P(misplaced, is_probed_with_one_attempt_at_growing_intervals) {
    auto settings = driven_account::unlimited();
    settings.max_in_doubt = 1000;  // else reports go on in the events' place
    driven_account a(settings);
    a.one(outcome());
    milliseconds before{0};
    for (int i = 0; i < 5; ++i) {
        auto const parked_at = a.time.now;
        ASSERT_TRUE(a.wait_for_room());
        auto const waited = std::chrono::duration_cast<milliseconds>(a.time.now - parked_at);
        EXPECT_GT(waited, before) << i;
        before = waited / 4;  // jitter: from half to all of twice the interval before
        auto const probe = a.begin();
        EXPECT_EQ(a.control.room(a.time.now), 0);
        EXPECT_EQ(a.control.next_chance(a.time.now), never);
        a.time.advance(5ms);
        auto const made = a.end(probe, outcome());
        EXPECT_FALSE(made.park_changed);
        // Another event makes the next probe.
        EXPECT_TRUE(made.what == disposition::defer || made.what == disposition::resend);
        EXPECT_GT(a.time.now + made.due, a.control.next_chance(a.time.now));
    }
    EXPECT_EQ(a.control.visible_park().probes, 5);
    EXPECT_LE(a.answer_all(outcome(), hours{24}), 24 * 4 + 1);
    EXPECT_GE(a.answer_all(outcome(), hours{24}), 24 * 2 - 1);
}

TEST_P(misplaced, a_good_probe_unparks_and_starts_with_one_alone) {
    driven_account a;
    for (int i = 0; i < 100; ++i)
        a.one(accepted());
    a.one(outcome());
    ASSERT_TRUE(a.wait_for_room());
    auto const made = a.one(accepted());
    EXPECT_EQ(made.what, disposition::delivered);
    EXPECT_TRUE(made.park_changed);
    EXPECT_TRUE(a.control.is_calm());
    EXPECT_EQ(a.control.window_size(), 1);
    EXPECT_EQ(a.control.room(a.time.now), 1);
}

TEST_P(misplaced, resume_lets_it_go_on_at_once) {
    driven_account a;
    a.one(outcome());
    EXPECT_TRUE(a.control.resume(a.time.now).empty());
    EXPECT_EQ(a.control.room(a.time.now), 1);
    EXPECT_EQ(a.one(accepted()).what, disposition::delivered);
}

TEST_P(misplaced, survives_a_restart_with_its_next_probe) {
    driven_account a;
    a.one(outcome());
    auto const left = a.control.next_chance(a.time.now) - a.time.now;
    a.restart(1s);
    EXPECT_EQ(a.control.visible_park().reason, GetParam().reason);
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_NEAR(static_cast<double>((a.control.next_chance(a.time.now) - a.time.now).count()),
                static_cast<double>((left - 1s).count()), 2e6);
    // A year forward or back: one interval at most.
    for (auto const jump : {hours{24 * 365}, -hours{24 * 365}}) {
        a.restart(1s, jump);
        EXPECT_LE(a.control.next_chance(a.time.now) - a.time.now, minutes{30});
    }
}

INSTANTIATE_TEST_SUITE_P(
    verdicts, misplaced,
    testing::Values(misplaced_case{403, api::verdict::forbidden, park_reason::forbidden},
                    misplaced_case{404, api::verdict::not_found, park_reason::not_found},
                    misplaced_case{405, api::verdict::not_found, park_reason::not_found},
                    misplaced_case{302, api::verdict::redirected, park_reason::redirected},
                    misplaced_case{406, api::verdict::blocked, park_reason::blocked},
                    misplaced_case{200, api::verdict::foreign_content,
                                   park_reason::foreign_content}),
    [](auto const& of) { return "status_" + std::to_string(of.param.status); });

TEST(account_park, shows_what_was_met) {
    driven_account a;
    auto redirect = answer(302, api::verdict::redirected);
    redirect.detail = "https://my.sealmetrics.com/api";
    a.one(redirect);
    EXPECT_EQ(a.control.visible_park().detail, "302: https://my.sealmetrics.com/api");
}

TEST(account_park, answers_to_attempts_begun_before_it_neither_lift_nor_prolong_it) {
    driven_account a;
    for (int i = 0; i < 200; ++i)
        a.one(accepted());
    for (int i = 0; i < 8; ++i) {  // grow the window
        std::vector<attempt_info> round;
        while (a.control.room(a.time.now) > 0)
            round.push_back(a.begin());
        a.time.advance(5ms);
        for (auto const& info : round)
            a.end(info, accepted());
    }
    std::vector<attempt_info> round;
    while (a.control.room(a.time.now) > 0)
        round.push_back(a.begin());
    ASSERT_EQ(round.size(), 64u);
    a.time.advance(5ms);
    EXPECT_TRUE(a.end(round[0], not_found()).park_changed);
    auto const probe_at = a.control.next_chance(a.time.now);
    EXPECT_EQ(a.end(round[1], accepted()).what, disposition::delivered);
    for (std::size_t i = 2; i < round.size(); ++i)
        EXPECT_EQ(a.end(round[i], not_found()).what, disposition::wait_again);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::not_found);
    EXPECT_EQ(a.control.next_chance(a.time.now), probe_at);
    EXPECT_EQ(a.control.in_flight(), 0);
}

TEST(account_park, a_probe_cancelled_by_ourselves_is_made_up_for) {
    driven_account a;
    a.one(not_found());
    ASSERT_TRUE(a.wait_for_room());
    EXPECT_EQ(a.one(broken(transport_failure::cancelled)).what, disposition::wait_again);
    EXPECT_EQ(a.control.room(a.time.now), 1);
}

TEST(account_park, a_429_to_a_probe_says_nothing_about_the_park) {
    driven_account a;
    a.one(not_found());
    ASSERT_TRUE(a.wait_for_room());
    EXPECT_EQ(a.one(throttled(7s)).what, disposition::wait_again);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::not_found);
    EXPECT_GE(a.control.next_chance(a.time.now), a.time.now + 7s);
}

TEST(account_pause, stops_everything_until_resume_and_hides_the_park_beneath) {
    driven_account a;
    a.one(forbidden());
    EXPECT_TRUE(a.control.pause(a.time.wall));
    EXPECT_FALSE(a.control.pause(a.time.wall));
    EXPECT_EQ(a.control.visible_park().reason, park_reason::paused);
    EXPECT_EQ(a.control.visible_park().detail, "parked beneath: forbidden");
    a.control.credential_changed(a.time.now);
    a.control.wake(a.time.now);
    a.time.advance(hours{24 * 30});
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_EQ(a.control.next_chance(a.time.now), never);
    a.restart(1s, hours{24 * 365});
    EXPECT_EQ(a.control.visible_park().reason, park_reason::paused);
    EXPECT_EQ(a.control.room(a.time.now), 0);
    a.control.resume(a.time.now);
    EXPECT_FALSE(a.control.is_parked());
    EXPECT_EQ(a.control.room(a.time.now), 1);
}

TEST(account_pause, attempts_on_the_wire_still_count) {
    driven_account a;
    auto const info = a.begin();
    a.control.pause(a.time.wall);
    EXPECT_EQ(a.end(info, accepted()).what, disposition::delivered);
    EXPECT_EQ(a.control.room(a.time.now), 0);
}

TEST(account_suspect, twenty_refused_events_in_a_row_park_it_and_no_more_are_refused) {
    driven_account a;
    int rejected = 0;
    for (int i = 0; i < 19; ++i)
        rejected += a.one(refused(i % 2 == 0 ? 400 : 422)).what == disposition::rejected;
    std::vector<attempt_info> both;
    both.push_back(a.begin());
    a.control.begin(a.time.now);  // one more on the wire
    both.push_back({event_no{999}, 1, a.time.now});
    auto const twentieth = a.end(both[0], refused());
    EXPECT_TRUE(twentieth.park_changed);
    rejected += twentieth.what == disposition::rejected;
    auto const late = a.end(both[1], refused());
    EXPECT_EQ(late.what, disposition::wait_again);
    EXPECT_EQ(late.why, cause::suspect);
    EXPECT_EQ(rejected, 20);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::suspect);
    a.time.advance(hours{24 * 365});
    EXPECT_EQ(a.control.room(a.time.now), 0);
    a.control.credential_changed(a.time.now);
    EXPECT_EQ(a.control.next_chance(a.time.now), never);
}

TEST(account_suspect, one_accepted_event_between_them_starts_the_count_anew) {
    driven_account a;
    for (int i = 0; i < 19; ++i)
        a.one(refused());
    a.one(accepted());
    for (int i = 0; i < 19; ++i)
        a.one(refused());
    EXPECT_FALSE(a.control.is_parked());
    a.one(refused());
    EXPECT_TRUE(a.control.is_parked());
}

TEST(account_suspect, only_different_events_refused_with_400_or_422_count) {
    driven_account a;
    for (int i = 0; i < 50; ++i) {
        a.one(refused(413));
        a.one(refused(414));
    }
    EXPECT_FALSE(a.control.is_parked());
    for (int i = 0; i < 50; ++i) {
        auto info = a.begin();
        info.event = event_no{7};
        EXPECT_EQ(a.end(info, refused()).what, disposition::rejected);
    }
    EXPECT_FALSE(a.control.is_parked());
}

TEST(account_suspect, at_most_twenty_are_refused_over_three_restarts) {
    driven_account a;
    int rejected = 0;
    for (int run = 0; run < 4; ++run) {
        for (int i = 0; i < 7 && a.wait_for_room(); ++i)
            rejected += a.one(refused()).what == disposition::rejected;
        a.restart(1s);
    }
    EXPECT_EQ(rejected, 20);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::suspect);
    auto const back = a.control.resume(a.time.now);
    ASSERT_EQ(back.size(), 20u);
    EXPECT_EQ(back.front(), event_no{1});
    EXPECT_EQ(back.back(), event_no{20});
    EXPECT_EQ(a.control.room(a.time.now), 1);
}

TEST(account_suspect, resume_may_let_the_rejections_stand) {
    driven_account a;
    for (int i = 0; i < 20; ++i)
        a.one(refused());
    EXPECT_TRUE(a.control.resume(a.time.now, true).empty());
    EXPECT_FALSE(a.control.is_parked());
    for (int i = 0; i < 19; ++i)
        a.one(refused());
    EXPECT_FALSE(a.control.is_parked());
}

TEST(account_suspect, a_late_acceptance_does_not_lose_the_list) {
    driven_account a;
    for (int i = 0; i < 19; ++i)
        a.one(refused());
    auto const last = a.begin();
    a.control.begin(a.time.now);
    attempt_info const other{event_no{500}, 1, a.time.now};
    a.end(last, refused());
    EXPECT_EQ(a.end(other, accepted()).what, disposition::delivered);
    EXPECT_EQ(a.control.resume(a.time.now).size(), 20u);
}

}  // namespace
}  // namespace setclick::delivery
