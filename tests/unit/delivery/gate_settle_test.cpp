// A rate above what the server allows settles within 10 % of it, whatever kind of limiter and
// headers the server has.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "setclickd/delivery/gate.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

enum class kind { bucket, fixed_window };

struct server_settings {
    kind how = kind::bucket;
    double per_minute = 100;
    int burst = 1;
    bool says_retry_after = false;
    bool says_limit = false;
    bool says_remaining = false;
};

class server {
public:
    explicit server(server_settings s) : s_(s), tokens_(s.burst) {}

    /// Empty when accepted, else the wait until the next permit.
    std::optional<milliseconds> call(steady_time now) {
        if (s_.how == kind::fixed_window) {
            if (now >= window_end_) {
                window_end_ = now + minutes{1};
                used_ = 0;
            }
            if (used_ < s_.per_minute) return ++used_, std::nullopt;
            return std::chrono::ceil<milliseconds>(window_end_ - now);
        }
        auto const passed = std::chrono::duration<double>(now - last_).count();
        tokens_ = std::min<double>(s_.burst, tokens_ + passed * s_.per_minute / 60);
        last_ = now;
        if (tokens_ >= 1) return tokens_ -= 1, std::nullopt;
        return milliseconds{static_cast<int>((1 - tokens_) / s_.per_minute * 60'000) + 1};
    }
    std::int64_t remaining() const {
        return s_.how == kind::fixed_window ? static_cast<std::int64_t>(s_.per_minute) - used_
                                            : static_cast<std::int64_t>(tokens_);
    }
    steady_time window_end() const { return window_end_; }

private:
    server_settings s_;
    double tokens_;
    steady_time last_{};
    steady_time window_end_{};
    int used_ = 0;
};

struct counts {
    int accepted = 0;
    int refused = 0;
};

counts drive(gate& g, server& s, server_settings const& what, steady_time& now, milliseconds span) {
    counts out;
    auto const until = now + span;
    for (now = g.next(now); now < until; now = g.next(now)) {
        g.pass(now);
        auto const begun = now;
        now += 20ms;
        auto const wait = s.call(now);
        if (what.says_limit) g.learn_limit(now, what.per_minute);
        if (what.says_remaining)
            g.learn_remaining(now, begun, s.remaining(),
                              std::chrono::ceil<milliseconds>(s.window_end() - now));
        if (wait) {
            ++out.refused;
            g.throttled(now, begun, what.says_retry_after ? wait : std::nullopt);
        } else {
            ++out.accepted;
            g.answered(now, begun, what.says_limit);
        }
    }
    now = until;
    return out;
}

struct settle_case {
    char const* name;
    double configured;
    int burst;
    server_settings what;
};

class settling : public testing::TestWithParam<settle_case> {};

TEST_P(settling, is_within_ten_percent_after_ten_minutes_and_stays_there_for_an_hour) {
    auto const& c = GetParam();
    gate g({.rate_per_minute = c.configured, .burst = c.burst});
    server s(c.what);
    steady_time now{hours{24}};
    drive(g, s, c.what, now, minutes{10});
    int total = 0, refused = 0;
    for (int i = 0; i < 6; ++i) {
        auto const got = drive(g, s, c.what, now, minutes{10});
        EXPECT_GE(got.accepted, 0.9 * 10 * c.what.per_minute) << "ten minutes no. " << i;
        EXPECT_LE(got.accepted + got.refused, 1.1 * 10 * c.what.per_minute + 2)
            << "ten minutes no. " << i;
        total += got.accepted;
        refused += got.refused;
    }
    std::printf("%-44s %5.1f %% of the limit, %d of %d refused\n", c.name,
                total / (0.6 * c.what.per_minute), refused, total + refused);
}

constexpr server_settings bucket(double limit, int burst) {
    return {kind::bucket, limit, burst};
}
constexpr server_settings fixed(double limit) {
    return {kind::fixed_window, limit};
}
constexpr server_settings with_retry_after(server_settings s) {
    return s.says_retry_after = true, s;
}
constexpr server_settings with_limit(server_settings s) {
    return s.says_limit = true, s;
}
constexpr server_settings with_remaining(server_settings s) {
    return s.says_remaining = true, s;
}

INSTANTIATE_TEST_SUITE_P(
    servers, settling,
    testing::Values(
        settle_case{"600 against a bucket of 100, burst 1", 600, 1, bucket(100, 1)},
        settle_case{"600 against a bucket of 100, burst 5", 600, 5, bucket(100, 5)},
        settle_case{"600 against a bucket of 100, burst 60", 600, 5, bucket(100, 60)},
        settle_case{"unlimited against a bucket of 100, burst 5", 0, 1, bucket(100, 5)},
        settle_case{"unlimited against a bucket of 1000, burst 50", 0, 1, bucket(1000, 50)},
        settle_case{"60 against a bucket of 55, burst 1", 60, 1, bucket(55, 1)},
        settle_case{"60 against a bucket of 10, burst 1", 60, 1, bucket(10, 1)},
        settle_case{"60 against a bucket of 10, burst 10", 60, 1, bucket(10, 10)},
        settle_case{"600 against a window of 60", 600, 5, fixed(60)},
        settle_case{"600 against a window of 60, Retry-After", 600, 5, with_retry_after(fixed(60))},
        settle_case{"600 against a bucket of 100, Retry-After", 600, 5,
                    with_retry_after(bucket(100, 5))},
        settle_case{"600 against a bucket of 100, limit said", 600, 1, with_limit(bucket(100, 5))},
        settle_case{"600 against a window of 60, remaining said", 600, 5,
                    with_remaining(fixed(60))}));

TEST(settling, a_limit_that_is_lifted_is_found_out_within_two_hours) {
    gate g({.rate_per_minute = 600, .burst = 1});
    auto what = bucket(100, 5);
    server s(what);
    steady_time now{hours{24}};
    drive(g, s, what, now, minutes{30});
    EXPECT_LT(g.effective_per_minute(), 125);
    what = bucket(10'000, 100);
    server generous(what);
    drive(g, generous, what, now, hours{2});
    EXPECT_DOUBLE_EQ(g.effective_per_minute(), 600);
}

// A third of what is configured, by every kind of limiter: at most one call in twenty is refused
// over an hour, the first minutes included.
TEST(settling, against_a_third_of_the_configured_rate_few_calls_are_refused) {
    for (double const configured : {60.0, 600.0})
        for (int const burst : {1, 10, 60})
            for (auto const& what :
                 {bucket(configured / 3, 1), bucket(configured / 3, 10), fixed(configured / 3),
                  with_retry_after(bucket(configured / 3, 5)),
                  with_retry_after(fixed(configured / 3))}) {
                gate g({.rate_per_minute = configured, .burst = burst});
                server s(what);
                steady_time now{hours{24}};
                auto const got = drive(g, s, what, now, hours{1});
                auto const all = got.accepted + got.refused;
                EXPECT_LE(got.refused, all / 20)
                    << configured << " burst " << burst << " kind " << static_cast<int>(what.how)
                    << " Retry-After " << what.says_retry_after << " of " << all;
                EXPECT_GE(got.accepted, 0.85 * 60 * configured / 3);
            }
}

/// Answers every call alike for `span`; how many were made.
int answer_all(gate& g, steady_time& now, milliseconds span, bool refused,
               std::optional<milliseconds> wait = std::nullopt) {
    int calls = 0;
    auto const until = now + span;
    for (now = g.next(now); now < until; now = g.next(now)) {
        g.pass(now);
        auto const begun = now;
        now += 20ms;
        ++calls;
        if (refused)
            g.throttled(now, begun, wait);
        else
            g.answered(now, begun, false);
    }
    now = until;
    return calls;
}

TEST(settling, ten_minutes_of_good_answers_bring_back_nine_tenths_whatever_was_before) {
    for (double const configured : {6.0, 60.0, 600.0})
        for (int const burst : {1, 10, 60})
            for (auto const refused_for : {milliseconds{50}, milliseconds{minutes{1}},
                                           milliseconds{minutes{30}}, milliseconds{hours{10}}})
                for (auto const well_before : {minutes{0}, minutes{10}})
                    for (auto const& wait :
                         {std::optional<milliseconds>{}, std::optional{30'000ms}}) {
                        gate g({.rate_per_minute = configured, .burst = burst});
                        steady_time now{hours{24}};
                        answer_all(g, now, well_before, false);
                        answer_all(g, now, refused_for, true, wait);
                        // The first good answer.
                        now = g.next(now);
                        answer_all(g, now, 1ms, false);
                        answer_all(g, now, minutes{10}, false);
                        EXPECT_GE(g.effective_per_minute(), 0.9 * configured)
                            << configured << " burst " << burst << " refused for "
                            << refused_for.count() << " well before " << well_before.count()
                            << (wait ? " with waits" : "");
                    }
}

TEST(settling, the_third_of_before_is_forgotten_within_ten_minutes) {
    for (auto const& what : {bucket(20, 1), bucket(20, 20), fixed(20)}) {
        gate g({.rate_per_minute = 60, .burst = 10});
        server s(what);
        steady_time now{hours{24}};
        drive(g, s, what, now, hours{2});
        EXPECT_LT(g.effective_per_minute(), 30);
        answer_all(g, now, minutes{10}, false);
        EXPECT_GE(g.effective_per_minute(), 54);
    }
}

TEST(settling, a_burst_of_refusals_is_one_lesson_and_uses_up_the_burst) {
    for (int const burst : {5, 10, 60, 1000}) {
        gate g({.rate_per_minute = 60, .burst = burst});
        steady_time now{hours{24}};
        // All that may go go at once; each is refused without a wait.
        int calls = 0;
        for (auto const until = now + 1s; now < until; now = std::max(now + 5ms, g.next(now))) {
            g.pass(now);
            ++calls;
            g.throttled(now + 2ms, now, std::nullopt);
        }
        EXPECT_EQ(calls, 1) << burst;
        EXPECT_DOUBLE_EQ(g.effective_per_minute(), 30) << burst;
        EXPECT_EQ(g.permits(now), 1) << burst;
    }
}

TEST(settling, what_was_learnt_long_ago_does_not_slow_a_server_that_is_well) {
    gate g({.rate_per_minute = 60, .burst = 10});
    steady_time const start{hours{24}};
    wall_time const wall{hours{24 * 365 * 50}};
    gate_state state;
    state.saved_wall_ms = to_ms(wall);
    state.saved_steady_ms = 86'400'000;
    state.learnt_millionths = 100'000;
    state.target_millionths = 100'000;
    state.ceiling_millionths = 200'000;
    g.load(state, start, wall);
    auto now = g.next(start);
    answer_all(g, now, 1ms, false);
    answer_all(g, now, minutes{10}, false);
    EXPECT_GE(g.effective_per_minute(), 54);
}

}  // namespace
}  // namespace setclick::delivery
