#include "setclickd/delivery/gate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr steady_time start{hours{24}};
constexpr wall_time wall{hours{24 * 20'000}};

gate at_rate(double per_minute, int burst = 1) {
    return gate({.rate_per_minute = per_minute, .burst = burst});
}

/// Passes as often as possible within `span`; the times, from `from`.
std::vector<milliseconds> passes(gate& g, steady_time from, milliseconds span) {
    std::vector<milliseconds> out;
    for (auto now = g.next(from); now <= from + span; now = g.next(now)) {
        EXPECT_TRUE(g.may_pass(now));
        g.pass(now);
        g.answered(now, now, false);
        out.push_back(std::chrono::duration_cast<milliseconds>(now - from));
    }
    return out;
}

TEST(gate, at_sixty_a_minute_passes_one_a_second) {
    auto g = at_rate(60);
    EXPECT_EQ(passes(g, start, 3s), (std::vector<milliseconds>{0s, 1s, 2s, 3s}));
}

TEST(gate, a_burst_passes_at_once_and_is_earned_again_slowly) {
    auto g = at_rate(60, 3);
    EXPECT_EQ(passes(g, start, 2s), (std::vector<milliseconds>{0s, 0s, 0s, 1s, 2s}));
    // Two quiet seconds earn two more.
    EXPECT_EQ(passes(g, start + 4s, 1s), (std::vector<milliseconds>{0s, 0s, 1s}));
}

TEST(gate, a_fraction_of_a_call_a_minute_is_a_long_interval) {
    auto g = at_rate(0.5);
    EXPECT_EQ(passes(g, start, minutes{4}), (std::vector<milliseconds>{0s, 120s, 240s}));
    auto daily = at_rate(1.0 / 1440);
    EXPECT_EQ(passes(daily, start, hours{47}).size(), 2u);
}

TEST(gate, nothing_passes_before_its_time) {
    auto g = at_rate(60);
    g.pass(start);
    EXPECT_FALSE(g.may_pass(start + 999ms));
    EXPECT_TRUE(g.may_pass(start + 1s));
    EXPECT_EQ(g.next(start), start + 1s);
    EXPECT_EQ(g.next(start + 5s), start + 5s);
}

TEST(gate, unlimited_always_passes_and_says_that_no_clock_is_needed) {
    gate g({.rate_per_minute = 0});
    EXPECT_TRUE(g.is_free());
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(g.may_pass(start));
        g.pass(start);
    }
    EXPECT_GT(g.permits(start), 1'000'000);
    EXPECT_EQ(g.why(start), "unlimited, as configured");
}

TEST(gate, permits_foretell_how_many_can_be_made) {
    for (int burst : {1, 2, 5})
        for (auto const ahead : {0ms, 500ms, 1000ms, 2500ms})
            for (int used = 0; used <= 4; ++used) {
                auto g = at_rate(120, burst);
                auto now = start;
                for (int i = 0; i < used; ++i) {
                    now = g.next(now);
                    g.pass(now);
                }
                auto const said = g.permits(now, ahead);
                EXPECT_EQ(static_cast<std::size_t>(said), passes(g, now, ahead).size())
                    << burst << ' ' << ahead.count() << ' ' << used;
            }
}

TEST(gate, retry_after_is_obeyed_to_the_millisecond_and_capped) {
    auto g = at_rate(600, 5);
    g.pass(start);
    g.throttled(start + 10ms, start, 7s);
    EXPECT_EQ(g.next(start + 10ms), start + 7010ms);
    // A shorter wish does not shorten it.
    g.hold(start + 20ms, 1s);
    EXPECT_EQ(g.next(start + 20ms), start + 7010ms);
    g.throttled(start + 8s, start + 7010ms, hours{24 * 300});
    EXPECT_EQ(g.next(start + 8s), start + 8s + hours{1});
}

TEST(gate, unlimited_and_refused_at_its_first_call_goes_on_at_half_of_what_is_usual) {
    gate g({.rate_per_minute = 0});
    g.pass(start);
    EXPECT_TRUE(g.throttled(start + 5ms, start, std::nullopt));
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30);
    EXPECT_LE(g.next(start + 5ms), start + 5ms + 2s);
}

TEST(gate, unlimited_obeys_retry_after_too) {
    gate g({.rate_per_minute = 0});
    g.throttled(start, start - 1s, 7s);
    EXPECT_FALSE(g.may_pass(start + 6999ms));
    EXPECT_TRUE(g.may_pass(start + 7s));
    EXPECT_EQ(g.permits(start), 0);
}

TEST(gate, a_429_without_a_wait_halves_the_rate_once_for_all_calls_of_its_round) {
    auto g = at_rate(600);
    EXPECT_TRUE(g.throttled(start + 10ms, start, std::nullopt));
    EXPECT_FALSE(g.throttled(start + 11ms, start, std::nullopt));
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 300);
    EXPECT_TRUE(g.throttled(start + 2s, start + 1s, std::nullopt));
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 150);
    EXPECT_EQ(g.why(start + 2s),
              "150 a minute, learnt from the server's 429 answers, growing slowly; configured: 600 "
              "a minute");
}

TEST(gate, a_lowered_rate_grows_back_to_the_configured_one_and_not_beyond) {
    auto g = at_rate(60);
    g.throttled(start, start - 1s, std::nullopt);
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30);
    passes(g, start, minutes{3});
    EXPECT_GT(g.effective_per_minute(), 40);
    passes(g, start + minutes{3}, hours{2});
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 60);
}

TEST(gate, a_lowered_rate_does_not_grow_while_nothing_is_called) {
    auto g = at_rate(60);
    g.throttled(start, start - 1s, std::nullopt);
    g.pass(start + hours{100});
    g.answered(start + hours{100}, start + hours{100}, false);
    g.pass(start + hours{200});
    EXPECT_LT(g.effective_per_minute(), 35);
}

TEST(gate, lowering_the_rate_does_not_open_it) {
    auto g = at_rate(60, 5);
    for (int i = 0; i < 5; ++i)
        g.pass(start);
    EXPECT_FALSE(g.may_pass(start));
    g.throttled(start, start - 1ms, std::nullopt);
    EXPECT_FALSE(g.may_pass(start + 1s));
    EXPECT_EQ(g.next(start), start + 2s);
}

TEST(gate, a_limit_that_the_server_says_counts_at_once_and_only_downwards) {
    auto g = at_rate(60);
    EXPECT_FALSE(g.learn_limit(start, 120));
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 60);
    EXPECT_TRUE(g.learn_limit(start, 30));
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30);
    EXPECT_EQ(g.why(start),
              "30 a minute, as the server says (X-RateLimit-Limit); configured: 60 a minute");
    EXPECT_TRUE(g.learn_limit(start, 50));
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 50);
    EXPECT_FALSE(g.learn_limit(start, -1));
    EXPECT_FALSE(g.learn_limit(start, 0));
}

TEST(gate, a_limit_no_longer_said_fades_after_ten_minutes) {
    auto g = at_rate(60);
    g.learn_limit(start, 30);
    g.answered(start + minutes{9}, start, false);
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30);
    g.answered(start + minutes{10}, start, false);
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30);
    passes(g, start + minutes{10}, hours{3});
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 60);
}

TEST(gate, is_quiet_for_as_long_as_the_server_asked) {
    auto g = at_rate(60);
    EXPECT_EQ(g.quiet_for(start), 0ms);
    g.throttled(start, start - 1ms, 90s);
    EXPECT_EQ(g.quiet_for(start), 90s);
    EXPECT_EQ(g.quiet_for(start + 89s), 1s);
    EXPECT_EQ(g.quiet_for(start + 90s), 0ms);
    gate used_up({.rate_per_minute = 0});
    used_up.learn_remaining(start, start - 1ms, 0, 30s, 0);
    EXPECT_EQ(used_up.quiet_for(start + 10s), 20s);
}

TEST(gate, what_remains_is_not_exceeded_until_the_reset) {
    gate g({.rate_per_minute = 0});
    g.learn_remaining(start, start - 1ms, 5, 30s, 2);
    EXPECT_EQ(g.permits(start), 3);
    EXPECT_EQ(passes(g, start, 29s).size(), 3u);
    EXPECT_EQ(g.next(start + 1s), start + 30s);
    EXPECT_EQ(g.why(start + 20s),
              "unlimited, as configured; the server's allowance is used up for 10 s "
              "(X-RateLimit-Remaining)");
    g.pass(start + 30s);
    EXPECT_TRUE(g.may_pass(start + 30s));
}

TEST(gate, an_overtaken_answer_does_not_raise_what_remains) {
    gate g({.rate_per_minute = 0});
    g.learn_remaining(start, start - 20ms, 1, 30s);
    g.learn_remaining(start + 10ms, start - 10ms, 4, 30s);
    EXPECT_EQ(g.permits(start + 10ms), 1);
    g.learn_remaining(start + 31s, start + 31s, 4, 30s);
    EXPECT_EQ(g.permits(start + 31s), 4);
}

TEST(gate, a_bucket_that_fills_up_all_the_time_is_no_window_that_runs_out) {
    gate g({.rate_per_minute = 0});
    auto now = start;
    // 600 a minute, 30 at once: at one call in 100 ms it always says 29, full again in a second.
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(g.may_pass(now)) << i;
        g.pass(now);
        g.learn_remaining(now + 5ms, now, 29, 1s);
        now += 100ms;
    }
}

TEST(gate, nothing_remaining_without_a_reset_waits_an_interval) {
    auto g = at_rate(60, 5);
    g.learn_remaining(start, start - 1ms, 0, std::nullopt);
    EXPECT_EQ(g.next(start), start + 1s);
}

TEST(gate, reports_get_one_permit_in_twenty_while_events_wait) {
    auto g = at_rate(600);
    int reports = 0, events = 0;
    auto now = start;
    for (int i = 0; i < 4000; ++i) {
        now = g.next(now);
        if (g.may_pass_report(now, true)) {
            g.pass_report(now, true);
            ++reports;
        } else {
            g.pass(now);
            ++events;
        }
    }
    EXPECT_LE(reports, 201);
    EXPECT_GE(reports, 195);
}

TEST(gate, reports_pass_freely_when_nothing_else_waits_or_nothing_is_limited) {
    auto g = at_rate(60);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(g.may_pass_report(start + i * 1s, false));
        g.pass_report(start + i * 1s, false);
        EXPECT_FALSE(g.may_pass_report(start + i * 1s + 500ms, false));
    }
    gate free({.rate_per_minute = 0});
    free.pass_report(start, true);
    EXPECT_TRUE(free.may_pass_report(start, true));
}

TEST(gate, an_expected_report_gets_its_permit_even_when_events_ask_first) {
    auto g = at_rate(600);
    g.expect_report(true);
    auto now = start;
    int reports = 0;
    for (int i = 0; i < 2000; ++i) {
        now += 10ms;
        if (g.may_pass(now))
            g.pass(now);
        else if (g.may_pass_report(now, true)) {
            g.pass_report(now, true);
            ++reports;
        }
    }
    EXPECT_GE(reports, 9);
    EXPECT_LE(reports, 11);
}

TEST(gate, foretells_when_a_report_may_pass) {
    auto g = at_rate(600);
    EXPECT_EQ(g.next_report(start, true), start);
    g.pass_report(start, true);
    // Nineteen events at ten a second, after the report's own interval.
    EXPECT_EQ(g.next_report(start, true), start + 100ms + 1900ms);
    gate none({.rate_per_minute = 60, .report_share = 0});
    none.pass_report(start, true);
    EXPECT_EQ(none.next_report(start, true), never);
}

TEST(gate, a_restart_gives_no_new_burst) {
    auto g = at_rate(60, 5);
    for (int i = 0; i < 5; ++i)
        g.pass(start);
    auto const state = g.save(start, wall);
    auto again = at_rate(60, 5);
    again.load(state, start + 1500ms, wall + 1500ms);
    EXPECT_TRUE(again.may_pass(start + 1500ms));
    again.pass(start + 1500ms);
    EXPECT_FALSE(again.may_pass(start + 1500ms));
}

TEST(gate, claimed_calls_count_as_made_after_a_crash) {
    auto g = at_rate(60, 5);
    auto const state = g.save(start, wall, 5);
    auto again = at_rate(60, 5);
    again.load(state, start, wall);
    EXPECT_EQ(again.next(start), start + 1s);
}

TEST(gate, a_hold_survives_a_restart) {
    auto g = at_rate(60);
    g.hold(start, minutes{10});
    auto again = at_rate(60);
    again.load(g.save(start, wall), start + minutes{4}, wall + minutes{4});
    EXPECT_EQ(again.next(start + minutes{4}), start + minutes{10});
}

TEST(gate, a_learnt_rate_survives_a_restart_and_goes_on_growing) {
    auto g = at_rate(600);
    g.throttled(start, start - 1s, std::nullopt);
    g.learn_limit(start, 500);
    auto again = at_rate(600);
    again.load(g.save(start, wall), start + 1s, wall + 1s);
    EXPECT_DOUBLE_EQ(again.effective_per_minute(), 300);
    EXPECT_EQ(again.save(start + 1s, wall).said_millionths, 500'000'000);
    passes(again, start + 1s, minutes{30});
    EXPECT_GT(again.effective_per_minute(), 400);
}

TEST(gate, whatever_the_clocks_do_a_restart_waits_one_allowance_or_one_hold_at_most) {
    auto g = at_rate(1, 1);
    g.pass(start);
    auto const state = g.save(start, wall);
    for (auto const steady : {steady_time{0s}, steady_time{1h}, start, start + hours{24 * 365}})
        for (auto const jump : {-hours{24 * 365}, hours{0}, hours{24 * 365}}) {
            auto again = at_rate(1, 1);
            again.load(state, steady, wall + jump);
            EXPECT_LE(again.next(steady), steady + minutes{1} + 1ms);
        }
    g.hold(start, hours{1});
    auto const held = g.save(start, wall);
    for (auto const jump : {-hours{24 * 365}, hours{0}, hours{24 * 365}}) {
        auto again = at_rate(1, 1);
        again.load(held, steady_time{5s}, wall + jump);
        EXPECT_LE(again.next(steady_time{5s}), steady_time{5s} + hours{1});
    }
}

TEST(gate, a_wall_clock_set_forward_does_not_open_it) {
    auto g = at_rate(1, 1);
    g.pass(start);
    auto again = at_rate(1, 1);
    again.load(g.save(start, wall), start + 1s, wall + hours{24 * 365});
    EXPECT_FALSE(again.may_pass(start + 58s));
}

TEST(gate, another_machine_whose_steady_clock_is_far_ahead_does_not_open_it) {
    auto g = at_rate(1, 1);
    g.pass(start);
    auto again = at_rate(1, 1);
    again.load(g.save(start, wall), start + hours{24 * 300}, wall + 1s);
    EXPECT_FALSE(again.may_pass(start + hours{24 * 300} + 58s));
}

TEST(gate, a_nonsense_state_is_tamed) {
    gate_state broken{-5, -5, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, -1, INT64_MAX, -7};
    auto g = at_rate(60, 2);
    g.load(broken, start, wall);
    EXPECT_LE(g.next(start), start + hours{1});
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 60);
    broken = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN,
              INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    g.load(broken, start, wall);
    EXPECT_TRUE(g.may_pass(start));
}

TEST(gate, a_reload_keeps_what_is_used) {
    auto g = at_rate(60);
    g.pass(start);
    g.configure(start, {.rate_per_minute = 30, .burst = 1});
    EXPECT_EQ(g.next(start), start + 2s);
    g.configure(start, {.rate_per_minute = 0});
    EXPECT_TRUE(g.may_pass(start));
    g.configure(start, {.rate_per_minute = 60});
    g.pass(start);
    EXPECT_EQ(g.next(start), start + 1s);
}

TEST(gate, extreme_settings_do_not_overflow) {
    auto g = at_rate(1e-9, 1'000'000);
    for (int i = 0; i < 100; ++i)
        g.pass(start);
    EXPECT_GT(g.next(start), start - 1s);
    auto fast = at_rate(1e15);
    fast.pass(start);
    EXPECT_LE(fast.next(start), start + 1us);
}

}  // namespace
}  // namespace setclick::delivery
