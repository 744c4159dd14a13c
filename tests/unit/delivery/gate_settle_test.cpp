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

}  // namespace
}  // namespace setclick::delivery
