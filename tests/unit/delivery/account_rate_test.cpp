#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

account_settings limited(double per_minute, int burst = 1) {
    account_settings s;
    s.gate = {.rate_per_minute = per_minute, .burst = burst};
    return s;
}

void open_window(driven_account& a) {
    for (int i = 0; i < 8; ++i) {
        std::vector<attempt_info> round;
        while (a.control.room(a.time.now) > 0)
            round.push_back(a.begin());
        a.time.advance(5ms);
        for (auto const& info : round)
            a.end(info, accepted());
    }
}

TEST(account_rate, retry_after_holds_all_events_exactly_that_long_after_the_answer) {
    driven_account a(limited(600, 5));
    auto const made = a.one(throttled(7s));
    EXPECT_EQ(made.what, disposition::wait_again);
    EXPECT_EQ(made.why, cause::throttled);
    EXPECT_FALSE(made.counted);
    EXPECT_FALSE(made.in_doubt);
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_EQ(a.control.next_chance(a.time.now), a.time.now + 7s);
    EXPECT_FALSE(a.control.is_parked());
    EXPECT_TRUE(a.control.dirty());
}

TEST(account_rate, a_429_halves_rate_and_window) {
    driven_account a;
    open_window(a);
    ASSERT_EQ(a.control.window_size(), 64);
    auto const made = a.one(throttled());
    EXPECT_TRUE(made.rate_changed);
    EXPECT_EQ(a.control.window_size(), 32);
    EXPECT_LT(a.control.gate().effective_per_minute(), unlimited_rate);
}

TEST(account_rate, a_person_can_have_what_429_taught_forgotten) {
    driven_account a(limited(60, 10));
    a.one(throttled());
    a.time.advance(10s);
    a.one(throttled(minutes{30}));
    ASSERT_LT(a.control.gate().effective_per_minute(), 60);
    auto state = a.control.save(a.time.now, a.time.wall);
    a.control.saved();
    a.control.forget_rate(a.time.now);
    EXPECT_DOUBLE_EQ(a.control.gate().effective_per_minute(), 60);
    EXPECT_LE(a.control.next_chance(a.time.now), a.time.now + 11s) << "the wait is lifted, too";
    EXPECT_TRUE(a.control.dirty());
    // The same where the daemon does not run.
    EXPECT_TRUE(forget_rate(state.gate));
    EXPECT_FALSE(forget_rate(state.gate)) << "nothing is left to forget";
    driven_account other(limited(60, 10));
    other.control.load(state, other.time.now, other.time.wall);
    EXPECT_DOUBLE_EQ(other.control.gate().effective_per_minute(), 60);
}

TEST(account_rate, timeouts_and_503_halve_the_window_and_500_does_not) {
    for (auto const& [outcome, size] :
         {std::pair{unavailable(503), 32}, std::pair{unavailable(500), 64},
          std::pair{broken(transport_failure::response_timeout, wire_phase::sent), 32},
          std::pair{broken(transport_failure::reset, wire_phase::sent), 64}}) {
        driven_account a;
        open_window(a);
        a.one(outcome);
        EXPECT_EQ(a.control.window_size(), size);
    }
}

TEST(account_rate, slowness_alone_does_not_change_the_window) {
    driven_account a;
    open_window(a);
    for (int i = 0; i < 100; ++i)
        a.one(accepted(), 1, 5s);
    EXPECT_EQ(a.control.window_size(), 64);
}

TEST(account_rate, the_window_follows_a_smaller_share_after_a_reload) {
    driven_account a;
    open_window(a);
    auto s = a.control.settings();
    s.window_cap = 8;
    a.control.configure(a.time.now, s);
    EXPECT_EQ(a.control.room(a.time.now), 8);
}

TEST(account_rate, limit_headers_are_learnt_downwards) {
    driven_account a(limited(600));
    auto outcome = accepted();
    std::get<api::answer_facts>(outcome.what).limit_per_minute = 120;
    EXPECT_TRUE(a.one(outcome).rate_changed);
    EXPECT_DOUBLE_EQ(a.control.gate().effective_per_minute(), 120);
    ASSERT_TRUE(a.wait_for_room());
    EXPECT_FALSE(a.one(outcome).rate_changed);
    std::get<api::answer_facts>(outcome.what).limit_per_minute = 5000;
    ASSERT_TRUE(a.wait_for_room());
    a.one(outcome);
    EXPECT_DOUBLE_EQ(a.control.gate().effective_per_minute(), 600);
}

TEST(account_rate, remaining_zero_waits_for_the_reset) {
    driven_account a;
    auto outcome = accepted();
    auto& facts = std::get<api::answer_facts>(outcome.what);
    facts.remaining = 0;
    facts.reset_in = 20s;
    a.one(outcome);
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_EQ(a.control.next_chance(a.time.now), a.time.now + 20s);
}

TEST(account_rate, claims_run_about_a_second_ahead_of_a_low_rate) {
    driven_account a(limited(600, 5));
    // A new account claims for one window only: it may be wrong.
    EXPECT_EQ(a.control.claim_room(a.time.now, 0), 8);
    driven_account open(limited(600, 5));
    open_window(open);
    open.time.advance(10s);
    EXPECT_EQ(open.control.claim_room(open.time.now, 0), 5 + 10);
    EXPECT_EQ(open.control.claim_room(open.time.now, 10), 5);
    EXPECT_EQ(open.control.claim_room(open.time.now, 15), 0);
}

TEST(account_rate, unlimited_claims_run_eight_windows_ahead) {
    driven_account a;
    EXPECT_EQ(a.control.claim_room(a.time.now, 0), 8);
    open_window(a);
    EXPECT_EQ(a.control.claim_room(a.time.now, 0), 512);
    EXPECT_EQ(a.control.claim_room(a.time.now, 500), 12);
    a.one(not_found());
    EXPECT_EQ(a.control.claim_room(a.time.now, 0), 0);
    ASSERT_TRUE(a.wait_for_room());
    EXPECT_EQ(a.control.claim_room(a.time.now, 0), 1);
    EXPECT_EQ(a.control.claim_room(a.time.now, 1), 0);
}

TEST(account_rate, next_chance_is_never_while_the_window_is_full) {
    driven_account a;
    a.begin();
    EXPECT_EQ(a.control.room(a.time.now), 0);
    EXPECT_EQ(a.control.next_chance(a.time.now), never);
}

TEST(account_rate, probes_pass_the_gate_too) {
    driven_account a(limited(0.01));
    a.one(not_found());
    // One call in a hundred minutes: the probe waits for its permit.
    EXPECT_GE(a.control.next_chance(a.time.now), a.time.now + minutes{99});
}

}  // namespace
}  // namespace setclick::delivery
