#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(account_trouble, a_single_failure_defers_its_event_and_stops_nobody) {
    driven_account a;
    auto const made = a.one(unavailable(501));
    EXPECT_EQ(made.what, disposition::defer);
    EXPECT_EQ(made.why, cause::unavailable);
    EXPECT_TRUE(made.counted);
    EXPECT_FALSE(made.trouble_began);
    EXPECT_GE(made.due, 100ms);
    EXPECT_LE(made.due, 1s);
    EXPECT_EQ(a.control.room(a.time.now), 1);
}

TEST(account_trouble, an_events_backoff_grows_with_its_own_failures) {
    driven_account a;
    milliseconds longest{0};
    for (int i = 0; i < 200; ++i) {
        longest = std::max(longest, a.one(unavailable(500), 6).due);
        a.one(accepted());
    }
    EXPECT_GT(longest, 28s);
    EXPECT_LE(longest, 32s);
}

TEST(account_trouble,
     nothing_is_put_off_for_longer_than_the_account_tells_and_that_is_told_closely) {
    struct {
        milliseconds base, cap, probe_first, probe_cap, longest;
    } const cases[] = {
        {1s, 10min, 30s, 30min, 30min + 1s},  // the defaults
        {1s, 10min, 1s, 1s, 10min + 1s},      // the backoff decides
        {10ms, 50ms, 30s, 7 * 24h, 7 * 24h + 10ms},
        {30s, 60s, 60s, 60s, 90s},
    };
    for (auto const& c : cases) {
        auto settings = driven_account::unlimited();
        settings.retry.base = c.base;
        settings.retry.cap = c.cap;
        settings.probes = {c.probe_first, c.probe_cap};
        settings.max_in_doubt = 1000;
        driven_account a(settings);
        ASSERT_EQ(a.control.longest_deferral(), c.longest);
        milliseconds longest{0};
        for (int i = 0; i < 300; ++i) {  // an event's own failures
            longest = std::max(longest, a.one(unavailable(500), 30).due);
            a.one(accepted());
        }
        // The account's.
        for (auto const& outcome :
             {unavailable(503, hours{1}), not_found(), answer(200, api::verdict::foreign_content),
              broken(transport_failure::connect_refused),
              broken(transport_failure::response_timeout, wire_phase::sent)}) {
            for (int i = 0; i < 300; ++i) {
                ASSERT_TRUE(a.wait_for_room());
                longest = std::max(longest, a.one(outcome, i + 1).due);
            }
            a.control.resume(a.time.now);
        }
        EXPECT_LE(longest, c.longest);
        EXPECT_GT(longest, c.longest * 9 / 10);
    }
}

TEST(account_trouble, begins_after_five_failures_in_a_row_then_one_alone_tries) {
    driven_account a;
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(a.one(unavailable(500)).trouble_began);
    EXPECT_TRUE(a.one(unavailable(502)).trouble_began);
    EXPECT_EQ(a.control.room(a.time.now), 0);
    auto const shown = a.control.trouble();
    EXPECT_TRUE(shown.is_on);
    EXPECT_EQ(shown.failures, 5u);
    EXPECT_EQ(shown.last, "502");
    EXPECT_EQ(shown.since, a.time.wall);
    ASSERT_TRUE(a.wait_for_room());
    auto const probe = a.begin();
    EXPECT_EQ(a.control.room(a.time.now), 0);
    auto const made = a.end(probe, accepted());
    EXPECT_TRUE(made.trouble_ended);
    EXPECT_FALSE(made.park_changed);
    EXPECT_TRUE(a.control.is_calm());
    EXPECT_FALSE(a.control.trouble().is_on);
}

TEST(account_trouble, begins_after_two_failures_when_nothing_can_be_reached) {
    driven_account a;
    EXPECT_FALSE(a.one(broken(transport_failure::connect_refused)).trouble_began);
    EXPECT_TRUE(a.one(broken(transport_failure::connect_refused)).trouble_began);
    EXPECT_EQ(a.control.trouble().last, "connect-refused");
}

TEST(account_trouble, a_success_between_failures_starts_the_count_anew) {
    driven_account a;
    for (int i = 0; i < 1000; ++i) {
        if (i % 5 == 0)
            a.one(accepted());
        else
            EXPECT_FALSE(a.one(unavailable(500)).trouble_began);
    }
}

TEST(account_trouble, with_many_on_the_wire_a_whole_round_must_fail) {
    driven_account a;
    for (int i = 0; i < 8; ++i) {
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
    int failed = 0;
    bool began = false;
    for (auto const& info : round) {
        began = a.end(info, broken(transport_failure::reset, wire_phase::sent)).trouble_began;
        ++failed;
        if (began) break;
    }
    EXPECT_TRUE(began);
    EXPECT_GE(failed, 32);
    // The others come in: no second line in the log, no longer wait.
    auto const next = a.control.next_chance(a.time.now);
    for (std::size_t i = static_cast<std::size_t>(failed); i < round.size(); ++i)
        EXPECT_FALSE(
            a.end(round[i], broken(transport_failure::reset, wire_phase::sent)).trouble_began);
    EXPECT_EQ(a.control.next_chance(a.time.now), next);
    EXPECT_EQ(a.control.trouble().failures, 64u);
}

TEST(account_trouble, a_thousand_waiting_events_do_not_each_find_out_alone) {
    driven_account a;
    auto const in_a_minute = a.answer_all(broken(transport_failure::connect_refused), 60s);
    EXPECT_LE(in_a_minute, 12);
    auto const in_the_next_hour =
        a.answer_all(broken(transport_failure::connect_refused), minutes{60});
    EXPECT_LE(in_the_next_hour, 20);
    EXPECT_GE(in_the_next_hour, 5);
}

TEST(account_trouble, quick_retries_make_no_outage_within_half_a_minute) {
    auto settings = driven_account::unlimited();
    settings.retry = {50ms, 200ms};
    driven_account a(settings);
    a.answer_all(unavailable(), 25s);
    EXPECT_GT(a.calls, 50);
    EXPECT_FALSE(a.control.is_parked());
    EXPECT_TRUE(a.control.trouble().is_on);
    a.answer_all(unavailable(), 10s);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::unavailable);
}

TEST(account_trouble, after_six_rounds_and_half_a_minute_the_breaker_opens_as_a_park) {
    driven_account a;
    auto const began = a.time.now;
    int park_changes = 0;
    while (!a.control.is_parked()) {
        ASSERT_TRUE(a.wait_for_room());
        park_changes += a.one(broken(transport_failure::resolve)).park_changed;
        ASSERT_LT(a.calls, 20);
    }
    EXPECT_EQ(park_changes, 1);
    EXPECT_GE(a.calls, 2 + 5);
    EXPECT_LE(a.calls, 2 + 7);
    EXPECT_GE(a.time.now - began, 30s);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::unavailable);
    EXPECT_EQ(a.control.visible_park().detail, "resolve");
    // Probes go on, never rarer than the retry's cap.
    a.answer_all(broken(transport_failure::resolve), hours{6});
    EXPECT_LE(a.control.next_chance(a.time.now) - a.time.now, minutes{10});
    a.wait_for_room();
    auto const made = a.one(accepted());
    EXPECT_TRUE(made.park_changed);
    EXPECT_TRUE(made.trouble_ended);
    EXPECT_TRUE(a.control.is_calm());
}

TEST(account_trouble, a_failed_probe_is_not_its_events_failure_and_the_next_takes_another_event) {
    driven_account a;
    a.one(broken(transport_failure::connect_refused));
    a.one(broken(transport_failure::connect_refused));
    ASSERT_TRUE(a.wait_for_room());
    auto const made = a.one(broken(transport_failure::connect_refused));
    EXPECT_EQ(made.what, disposition::defer);
    EXPECT_FALSE(made.counted);
    EXPECT_GT(a.time.now + made.due, a.control.next_chance(a.time.now));
}

TEST(account_trouble, reminds_once_a_minute_while_it_lasts) {
    driven_account a;
    EXPECT_FALSE(a.control.remind(a.time.now));
    a.one(broken(transport_failure::connect_refused));
    a.one(broken(transport_failure::connect_refused));
    int lines = 0;
    for (int s = 0; s < 600; ++s) {
        a.time.advance(1s);
        lines += a.control.remind(a.time.now);
    }
    EXPECT_EQ(lines, 10);
    ASSERT_TRUE(a.wait_for_room());
    a.one(accepted());
    a.time.advance(hours{1});
    EXPECT_FALSE(a.control.remind(a.time.now));
}

TEST(account_trouble, that_turns_into_a_park_of_another_reason_ends_with_one_line) {
    driven_account a;
    for (int i = 0; i < 5; ++i)
        a.one(unavailable(503));
    ASSERT_TRUE(a.wait_for_room());
    auto const made = a.one(not_found());
    EXPECT_TRUE(made.trouble_ended);
    EXPECT_TRUE(made.park_changed);
    EXPECT_EQ(a.control.visible_park().reason, park_reason::not_found);
}

TEST(account_trouble, survives_a_restart_as_one_attempt_alone) {
    driven_account a;
    for (int i = 0; i < 7; ++i) {
        ASSERT_TRUE(a.wait_for_room());
        a.one(unavailable(500));
    }
    a.restart(10s);
    EXPECT_TRUE(a.control.trouble().is_on);
    EXPECT_EQ(a.control.trouble().last, "before the restart");
    ASSERT_TRUE(a.wait_for_room());
    a.begin();
    EXPECT_EQ(a.control.room(a.time.now), 0);
}

TEST(account_trouble, a_503_with_retry_after_is_obeyed_by_the_whole_account) {
    driven_account a;
    a.one(unavailable(503, 7s));
    EXPECT_EQ(a.control.next_chance(a.time.now), a.time.now + 7s);
    EXPECT_TRUE(a.control.dirty());
}

TEST(account_trouble, fewer_than_a_tenth_of_the_calls_are_lost_at_twenty_percent_errors) {
    account_settings s;
    s.gate = {.rate_per_minute = 600, .burst = 5};
    driven_account a(s);
    random_source random(21);
    auto const until = a.time.now + minutes{10};
    while (a.time.now < until) {
        ASSERT_TRUE(a.wait_for_room());
        a.one(random.next() < 0.2 ? unavailable(500) : accepted(), 1, 3ms);
    }
    EXPECT_GE(a.calls, 0.9 * 6000);
    EXPECT_LE(a.calls, 6005);
}

TEST(account_expiry, an_event_that_fails_alone_for_seven_days_is_held_as_expired) {
    driven_account a;
    int attempt = 1;
    milliseconds waited{0};
    for (;; ++attempt) {
        a.one(accepted());
        auto const made = a.one(unavailable(501), attempt);
        if (made.what == disposition::hold) {
            EXPECT_EQ(made.why, cause::expired);
            EXPECT_FALSE(made.in_doubt);
            break;
        }
        ASSERT_EQ(made.what, disposition::defer);
        waited += made.due;
        ASSERT_LT(attempt, 5000);
    }
    EXPECT_NEAR(static_cast<double>(waited.count()), 7 * 86'400'000.0, 0.05 * 7 * 86'400'000);
}

TEST(account_expiry, an_old_event_is_not_held_while_the_account_is_in_trouble) {
    driven_account a;
    for (int i = 0; i < 6; ++i)
        a.one(accepted());
    std::vector<attempt_info> round;
    for (int i = 0; i < 4; ++i)
        round.push_back(a.begin(5000));
    a.time.advance(5ms);
    // The last of the round come in when the trouble is known.
    disposition last = disposition::hold;
    for (auto const& info : round)
        last = a.end(info, broken(transport_failure::connect_refused)).what;
    EXPECT_TRUE(a.control.trouble().is_on);
    EXPECT_EQ(last, disposition::defer);
}

TEST(account_expiry, time_in_which_the_account_is_at_fault_does_not_count) {
    auto s = driven_account::unlimited();
    s.max_age = 10s;
    driven_account a(s);
    // A server that is down for ten days: nobody expires, however often an event served as the
    // probe.
    auto const until = a.time.now + hours{240};
    int attempt = 1, held = 0;
    while (a.wait_for_room() && a.time.now < until) {
        auto const made = a.one(broken(transport_failure::connect_refused), attempt);
        held += made.what == disposition::hold;
        attempt += made.counted;
    }
    EXPECT_EQ(held, 0);
    EXPECT_LE(attempt, 3);
}

}  // namespace
}  // namespace setclick::delivery
