// An account's trouble, its park and the calls after a 421, each alone; what the account makes of
// them: account_trouble_test.cpp, account_park_test.cpp, account_misdirected_test.cpp.
#include <gtest/gtest.h>

#include "setclickd/delivery/account_park.hpp"
#include "setclickd/delivery/account_trouble.hpp"
#include "setclickd/delivery/misdirected_retries.hpp"
#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::minutes;

void fail(account_trouble& t, int times) {
    for (int i = 0; i < times; ++i)
        t.failed();
}

TEST(trouble_rounds, how_many_failures_in_a_row_are_a_whole_round) {
    struct {
        bool unreached;
        int in_flight, enough;
    } const cases[] = {
        {false, 0, 5}, {false, 3, 5}, {false, 4, 5},   {false, 5, 6},
        {true, 0, 2},  {true, 1, 2},  {false, 63, 64}, {true, 63, 64},
    };
    for (auto const& c : cases) {
        account_trouble t;
        fail(t, c.enough - 1);
        EXPECT_FALSE(t.is_whole_round(c.unreached, c.in_flight)) << c.enough;
        t.failed();
        EXPECT_TRUE(t.is_whole_round(c.unreached, c.in_flight)) << c.enough;
        t.answered();
        EXPECT_FALSE(t.is_whole_round(c.unreached, c.in_flight)) << "an answer ends the row";
    }
}

TEST(trouble_rounds, it_begins_with_a_wait_and_counts_what_fails_from_then_on) {
    timeline time;
    account_trouble t;
    fail(t, 5);
    EXPECT_FALSE(t.is_on());
    t.begin(time.now, time.wall, 3s);
    EXPECT_EQ(t.rounds(), 1);
    EXPECT_EQ(t.next_try(), time.now + 3s);
    fail(t, 2);
    auto const shown = t.view(t.next_try());
    EXPECT_TRUE(shown.is_on);
    EXPECT_EQ(shown.failures, 7u) << "those that began it, and two more";
    EXPECT_EQ(shown.since, time.wall);
    t.end();
    EXPECT_FALSE(t.is_on());
    EXPECT_FALSE(t.view(t.next_try()).is_on);
    fail(t, 4);
    EXPECT_FALSE(t.is_whole_round(false, 0)) << "the row began anew";
}

TEST(trouble_rounds, an_outage_wants_the_rounds_and_the_time) {
    struct {
        int rounds;
        milliseconds lasted;
        bool is_outage;
    } const cases[] = {
        {1, 10min, false}, {5, 10min, false}, {6, 29999ms, false},
        {6, 30s, true},    {20, 1s, false},   {20, 30s, true},
    };
    for (auto const& c : cases) {
        timeline time;
        account_trouble t;
        t.begin(time.now, time.wall, 1s);
        for (int i = 1; i < c.rounds; ++i)
            t.add_round();
        EXPECT_EQ(t.is_outage(time.now + c.lasted, 6, 30s), c.is_outage)
            << c.rounds << " rounds in " << c.lasted.count() << " ms";
    }
    timeline time;
    account_trouble t;
    t.begin(time.now, time.wall, 1s);
    EXPECT_TRUE(t.is_outage(time.now, 0, 0s)) << "less than one round is one";
}

TEST(trouble_rounds, a_command_or_a_shorter_cap_brings_the_next_try_nearer_never_further) {
    timeline time;
    account_trouble t;
    t.begin(time.now, time.wall, 60s);
    t.try_by(time.now + 90s);
    EXPECT_EQ(t.next_try(), time.now + 60s);
    t.try_by(time.now + 10s);
    EXPECT_EQ(t.next_try(), time.now + 10s);
    t.wait_until(time.now + 2min);
    EXPECT_EQ(t.next_try(), time.now + 2min);
}

TEST(trouble_rounds, reminds_each_full_minute_and_only_while_it_lasts) {
    timeline time;
    account_trouble t;
    EXPECT_FALSE(t.remind(time.now + minutes{5}));
    t.begin(time.now, time.wall, 1s);
    EXPECT_FALSE(t.remind(time.now + 59s));
    EXPECT_TRUE(t.remind(time.now + 60s));
    EXPECT_FALSE(t.remind(time.now + 119s));
    EXPECT_TRUE(t.remind(time.now + 120s));
    t.end();
    EXPECT_FALSE(t.remind(time.now + minutes{10}));
}

TEST(trouble_rounds, names_what_was_met_last_and_after_a_restart_that_it_is_not_known) {
    account_trouble t;
    t.met(503);
    EXPECT_EQ(t.last(), "503");
    t.met(transport_failure::connect_refused);
    EXPECT_EQ(t.last(), "connect-refused");
    timeline time;
    t.load(3, time.now, time.wall, time.now + 4s);
    EXPECT_EQ(t.last(), "before the restart");
    EXPECT_EQ(t.rounds(), 3);
    EXPECT_EQ(t.next_try(), time.now + 4s);
    EXPECT_FALSE(t.is_whole_round(true, 0)) << "no failure of this run yet";
    t.met(502);
    EXPECT_EQ(t.last(), "502");
}

struct parked_account {
    timeline time;
    random_source random{3};
    account_park park;

    parked_account() : park(probe_settings{}, 10min) {}

    void begin(park_reason reason) { park.begin(time.now, time.wall, reason, "met", random); }
    /// Of the next probe, counted from now.
    milliseconds wait() const {
        return std::chrono::ceil<milliseconds>(park.next_probe() - time.now);
    }
};

TEST(account_probe_clock, each_interval_is_longer_up_to_the_cap_of_its_reason) {
    struct {
        park_reason reason;
        milliseconds cap;
    } const cases[] = {
        {park_reason::not_found, 30min},
        {park_reason::unauthorised, 30min},
        {park_reason::unavailable, 10min},  // nobody acts when a server comes back
    };
    for (auto const& c : cases) {
        parked_account a;
        a.begin(c.reason);
        milliseconds full = 30s;
        for (int i = 0; i < 12; ++i) {
            EXPECT_GE(a.wait(), full / 2 - 1ms) << name_of(c.reason) << " " << i;
            EXPECT_LE(a.wait(), full) << name_of(c.reason) << " " << i;
            a.time.advance(a.wait());
            ASSERT_TRUE(a.park.probe_failed(a.time.now, a.random));
            full = std::min(2 * full, c.cap);
        }
    }
}

TEST(account_probe_clock, what_only_a_person_ends_is_never_probed) {
    parked_account a;
    a.begin(park_reason::suspect);
    EXPECT_EQ(a.park.next_probe(), never);
    EXPECT_FALSE(a.park.probe_failed(a.time.now, a.random));
    a.park.probe_again(a.time.now, a.random);
    a.park.wake(a.time.now);
    EXPECT_EQ(a.park.next_probe(), never);
}

TEST(account_probe_clock, a_probe_that_showed_nothing_is_repeated_after_the_same_interval) {
    parked_account a;
    a.begin(park_reason::forbidden);
    a.park.probe_failed(a.time.now, a.random);  // 60 s now
    for (int i = 0; i < 10; ++i) {
        a.park.probe_again(a.time.now, a.random);
        EXPECT_GE(a.wait(), 30s - 1ms);
        EXPECT_LE(a.wait(), 60s);
    }
}

TEST(account_probe_clock, woken_it_is_probed_at_once_and_the_intervals_begin_anew) {
    parked_account a;
    a.begin(park_reason::not_found);
    for (int i = 0; i < 5; ++i)
        a.park.probe_failed(a.time.now, a.random);
    a.park.wake(a.time.now);
    EXPECT_EQ(a.park.next_probe(), a.time.now);
    a.park.probe_failed(a.time.now, a.random);
    EXPECT_LE(a.wait(), 60s);
}

TEST(account_probe_clock, a_shorter_cap_counts_for_the_running_wait) {
    parked_account a;
    a.begin(park_reason::not_found);
    a.park.configure(a.time.now, {1s, 2s}, 1s);
    EXPECT_LE(a.wait(), 2s);
    EXPECT_GT(a.wait(), 0s);
    a.park.end();
    a.park.configure(a.time.now, {1s, 1s}, 1s);
    EXPECT_EQ(a.park.next_probe(), never) << "not parked: nothing to bring nearer";
}

TEST(account_probe_clock, without_a_park_nothing_is_probed) {
    parked_account a;
    EXPECT_FALSE(a.park.is_on());
    a.park.probe_again(a.time.now, a.random);
    a.park.wake(a.time.now);
    EXPECT_EQ(a.park.next_probe(), never);
    a.begin(park_reason::redirected);
    EXPECT_TRUE(a.park.is_on());
    a.park.end();
    EXPECT_FALSE(a.park.is_on());
    EXPECT_EQ(a.park.visible().detail, "");
}

TEST(account_pause, hides_the_park_and_shows_that_there_is_one) {
    parked_account a;
    a.begin(park_reason::not_found);
    a.time.advance(1min);
    EXPECT_TRUE(a.park.pause(a.time.wall));
    EXPECT_FALSE(a.park.pause(a.time.wall + 1s)) << "paused already";
    auto const shown = a.park.visible();
    EXPECT_EQ(shown.reason, park_reason::paused);
    EXPECT_EQ(shown.since, a.time.wall);
    EXPECT_EQ(shown.detail, "parked beneath: not-found");
    EXPECT_EQ(a.park.reason(), park_reason::not_found);
    a.park.end_pause();
    EXPECT_EQ(a.park.visible().reason, park_reason::not_found);
    EXPECT_EQ(a.park.visible().detail, "met");
}

TEST(account_pause, survives_a_restart_with_the_park_beneath_it) {
    parked_account before;
    before.begin(park_reason::not_found);
    before.park.probe_failed(before.time.now, before.random);
    before.park.pause(before.time.wall);
    auto const wait = before.wait();
    parked_account after;
    after.park.load(before.park.save(before.time.now), before.park.save_pause(), after.time.now,
                    10s);
    EXPECT_TRUE(after.park.is_paused());
    EXPECT_EQ(after.park.reason(), park_reason::not_found);
    EXPECT_EQ(after.wait(), wait - 10s) << "what surely passed counts";
    after.park.end_pause();
    EXPECT_EQ(after.park.visible().probes, 1);
    // Neither one nor the other.
    parked_account calm;
    EXPECT_EQ(calm.park.save_pause(), 0);
    after.park.load(calm.park.save(calm.time.now), calm.park.save_pause(), after.time.now, 0s);
    EXPECT_FALSE(after.park.is_on());
    EXPECT_FALSE(after.park.is_paused());
}

TEST(account_pause, at_the_beginning_of_time_is_a_pause_still) {
    parked_account a;
    a.park.pause(wall_time{});
    EXPECT_EQ(a.park.save_pause(), 1);
}

TEST(misdirected_retries, those_on_the_wire_together_go_again_once_each) {
    for (int const in_flight : {0, 1, 7, 63}) {
        misdirected_retries m;
        // The first to come in leaves `in_flight` of them on the wire; each later one fewer.
        for (int left = in_flight; left >= 0; --left)
            EXPECT_TRUE(m.take(left)) << in_flight << " " << left;
        EXPECT_FALSE(m.take(in_flight)) << "the new connections are wrong as well";
        m.reset();
        EXPECT_TRUE(m.take(0));
        EXPECT_FALSE(m.take(0));
    }
}

}  // namespace
}  // namespace setclick::delivery
