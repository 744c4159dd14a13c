#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;

account_state full_state() {
    account_state s;
    s.gate = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    s.parked = {park_reason::redirected, 1'700'000'000'123, "302: https://x/\"é\\", 7, 12'345};
    s.paused_ms = 42;
    s.trouble_rounds = 3;
    s.rejected = {event_no::of(account_no{1}, 1), event_no::of(account_no{0x7fffff}, 99)};
    return s;
}

TEST(account_state, is_the_same_after_writing_and_reading) {
    auto const s = full_state();
    auto const read = account_state_from_text(to_text(s));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, s);
    EXPECT_EQ(*account_state_from_text(to_text(account_state{})), account_state{});
}

TEST(account_state, empty_text_is_an_account_never_seen) {
    EXPECT_EQ(*account_state_from_text(""), account_state{});
}

TEST(account_state, unknown_members_are_ignored_and_wrong_ones_are_named) {
    EXPECT_EQ(account_state_from_text(R"({"gate":{"used":5,"new":true},"later":[1]})")
                  ->gate.used_millionths,
              5);
    struct {
        char const* text;
        char const* named;
    } const rows[] = {
        {"nonsense", "not JSON"},
        {"[]", "not a JSON object"},
        {R"({"gate":7})", "gate"},
        {R"({"gate":{"used":"x"}})", "gate.used"},
        {R"({"park":{"reason":"no-such"}})", "park.reason"},
        {R"({"park":{"reason":"suspect","detail":5}})", "park.detail"},
        {R"({"rejected":[1,"x"]})", "rejected"},
        {R"({"rejected":[-1]})", "rejected"},
        {R"({"trouble":1.5})", "trouble"},
    };
    for (auto const& r : rows) {
        auto const read = account_state_from_text(r.text);
        ASSERT_TRUE(read.has_error()) << r.text;
        EXPECT_EQ(read.error().code, errc::invalid_data);
        EXPECT_NE(read.error().message.find(r.named), std::string::npos) << read.error().message;
    }
}

TEST(account_state, of_another_machines_clock_only_a_retry_after_runs_on) {
    auto s = full_state();
    s.clock = "boot-a";
    s.gate.hold_ms = 60'000;
    EXPECT_EQ(seen_by(s, "boot-a", milliseconds{40'000}), s);
    auto const there = seen_by(s, "boot-b", milliseconds{40'000});
    EXPECT_EQ(there.gate.hold_ms, 20'000);
    EXPECT_EQ(there.gate.used_millionths, s.gate.used_millionths);
    EXPECT_LT(there.gate.saved_steady_ms, 0);
    EXPECT_EQ(there.clock, "boot-b");
    EXPECT_EQ(seen_by(s, "boot-b", milliseconds{90'000}).gate.hold_ms, 0);
    EXPECT_EQ(seen_by(s, "boot-b", milliseconds{0}).gate.hold_ms, 60'000);
}

/// What a command does to a saved state while no daemon runs, and what the daemon does to a live
/// account, lead to the same: every combination of pause, park, trouble and refused events.
TEST(account_state, pause_and_resume_of_a_saved_state_are_those_of_a_live_account) {
    timeline const time;
    account_settings const settings = driven_account::unlimited();
    for (auto const reason : {park_reason::none, park_reason::suspect, park_reason::unauthorised,
                              park_reason::unavailable})
        for (int const bits : {0, 1, 2, 3, 4, 5, 6, 7})
            for (bool const accepts : {false, true}) {
                account_control before(settings);
                account_state s;
                s.parked.reason = reason;
                s.parked.since_ms = reason == park_reason::none ? 0 : 1;
                if (bits & 1) s.paused_ms = 17;
                if (bits & 2) s.trouble_rounds = 2;
                if (bits & 4) s.rejected = {event_no::of(account_no{1}, 1)};
                before.load(s, time.now, time.wall);
                auto const start = before.save(time.now, time.wall);

                auto live = before;
                auto saved = start;
                EXPECT_EQ(pause(saved, time.wall), live.pause(time.wall));
                EXPECT_EQ(saved, live.save(time.now, time.wall));

                live = before;
                saved = start;
                bool const was = live.is_parked() || live.trouble().is_on;
                auto const back = live.resume(time.now, accepts);
                auto const resumed = resume(saved, accepts);
                EXPECT_EQ(resumed.refused, back);
                EXPECT_EQ(resumed.was_stopped, was);
                EXPECT_EQ(saved, live.save(time.now, time.wall));
            }
}

TEST(account_state, every_truncation_is_an_error_and_no_crash) {
    auto const text = to_text(full_state());
    for (std::size_t n = 1; n < text.size(); ++n)
        EXPECT_TRUE(account_state_from_text(text.substr(0, n)).has_error()) << n;
}

TEST(endpoint_state, is_the_same_after_writing_and_reading) {
    endpoint_state s;
    s.gate.hold_ms = 9;
    s.parked.reason = park_reason::unavailable;
    auto const read = endpoint_state_from_text(to_text(s));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, s);
}

TEST(account_restart, a_healthy_account_is_healthy_again) {
    driven_account a;
    for (int i = 0; i < 100; ++i)
        a.one(accepted());
    a.restart(5s);
    EXPECT_TRUE(a.control.is_calm());
    EXPECT_EQ(a.control.room(a.time.now), 1);
    EXPECT_FALSE(a.control.dirty());
}

TEST(account_restart, dirty_until_saved_after_what_must_survive) {
    driven_account a;
    EXPECT_FALSE(a.control.dirty());
    a.one(accepted());
    EXPECT_FALSE(a.control.dirty());
    a.one(refused());
    EXPECT_TRUE(a.control.dirty());
    a.control.saved();
    a.one(accepted());
    EXPECT_TRUE(a.control.dirty());
    a.control.saved();
    a.control.pause(a.time.wall);
    EXPECT_TRUE(a.control.dirty());
}

TEST(account_restart, a_year_of_clock_jump_never_stalls_and_never_floods) {
    account_settings s;
    s.gate = {.rate_per_minute = 60, .burst = 5};
    for (auto const jump : {hours{24 * 365}, hours{0}, -hours{24 * 365}}) {
        driven_account a(s);
        // As many starts as it likes: five at once, then one a second.
        int calls = 0;
        auto const began = a.time.now;
        for (int run = 0; run < 20; ++run) {
            while (a.control.room(a.time.now) > 0) {
                a.one(accepted(), 1, 1ms);
                ++calls;
            }
            a.restart(100ms, jump);
            EXPECT_LE(a.control.next_chance(a.time.now) - a.time.now, 1s + 2ms);
        }
        auto const took = std::chrono::duration<double>(a.time.now - began).count();
        EXPECT_LE(calls, 5 + took);
        EXPECT_GE(calls, 5);
    }
}

TEST(account_restart, a_nonsense_state_is_tamed) {
    account_state s;
    s.parked = {park_reason::not_found, INT64_MIN, "", INT_MIN, INT64_MAX};
    s.trouble_rounds = 1'000'000;
    for (std::uint64_t i = 0; i < 10'000; ++i)
        s.rejected.push_back({i});
    driven_account a;
    a.control.load(s, a.time.now, a.time.wall);
    EXPECT_LE(a.control.next_chance(a.time.now) - a.time.now, std::chrono::minutes{30});
    EXPECT_LE(a.control.save(a.time.now, a.time.wall).rejected.size(), 20u);
}

}  // namespace
}  // namespace setclick::delivery
