// Over any sequence, restarts included, the calls in any span T never exceed rate * T + burst.
#include <gtest/gtest.h>

#include "rough_world.hpp"
#include "setclickd/delivery/gate.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

class gate_run {
public:
    gate_run(std::uint64_t seed, double per_minute, int burst)
        : w_(seed),
          settings_{.rate_per_minute = per_minute, .burst = burst},
          gate_(settings_),
          check_(per_minute, burst) {
        durable_ = gate_.save(w_.now(), w_.wall());
    }

    void step() {
        switch (w_.pick(12)) {
            case 0:
            case 1:
                claim();
                break;
            case 2:
            case 3:
            case 4:
            case 5:
                make_claimed();
                break;
            case 6:
                other_call();
                break;
            case 7:
                learn();
                break;
            case 8:
                if (w_.pick(4) == 0) crash();
                break;
            case 9:
                w_.real +=
                    std::chrono::duration_cast<nanoseconds>((gate_.next(w_.now()) - w_.now()));
                break;
            default:
                w_.real += nanoseconds{static_cast<std::int64_t>(w_.random.next() * interval_ns())};
        }
    }
    int calls() const { return check_.count(); }
    bool kept = true;

private:
    double interval_ns() const { return 90e9 / settings_.rate_per_minute; }

    void call() {
        gate_.pass(w_.now());
        kept = check_.call(w_.real) && kept;
    }
    void claim() {
        auto const room = gate_.permits(w_.now(), 1s) - claimed_;
        if (room <= 0) return;
        claimed_ += 1 + w_.pick(room);
        durable_ = gate_.save(w_.now(), w_.wall(), claimed_);
    }
    void make_claimed() {
        while (claimed_ > 0 && gate_.may_pass(w_.now())) {
            call();
            --claimed_;
            if (w_.pick(3) == 0) gate_.answered(w_.now(), w_.now(), w_.pick(2) == 0);
        }
    }
    void other_call() {
        if (!gate_.may_pass(w_.now())) return;
        auto const report = w_.pick(2) == 0 && gate_.may_pass_report(w_.now(), true);
        durable_ = gate_.save(w_.now(), w_.wall(), claimed_ + 1);
        if (report) {
            gate_.pass_report(w_.now(), true);
            kept = check_.call(w_.real) && kept;
        } else {
            call();
        }
    }
    void learn() {
        auto const now = w_.now();
        auto const rate = settings_.rate_per_minute;
        switch (w_.pick(6)) {
            case 0:
                gate_.throttled(now, now - 1ms, std::nullopt);
                break;
            case 1:
                gate_.throttled(now, now - 1ms, milliseconds{w_.pick(3000)});
                break;
            case 2:
                gate_.learn_limit(now, rate * 2 * w_.random.next());
                break;
            case 3:
                gate_.learn_remaining(now, now - milliseconds{w_.pick(50)}, w_.pick(4),
                                      milliseconds{w_.pick(5000)}, w_.pick(3));
                break;
            case 4:
                gate_.forget_learnt(now);
                break;
            case 5:
                gate_.expect_report(w_.pick(2) == 0);
                break;
        }
    }
    void crash() {
        claimed_ = 0;
        if (w_.pick(3) == 0) durable_ = gate_.save(w_.now(), w_.wall());
        w_.real += nanoseconds{static_cast<std::int64_t>(w_.random.next() * 2 * interval_ns())};
        if (w_.pick(3) == 0) w_.restart_machine();
        w_.jump_wall();
        gate_ = gate(settings_);
        gate_.load(durable_, w_.now(), w_.wall());
    }

    rough_world w_;
    gate_settings settings_;
    gate gate_;
    gate_state durable_;
    span_check check_;
    int claimed_ = 0;
};

TEST(gate_property, no_span_holds_more_calls_than_rate_and_burst_allow) {
    std::int64_t calls = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        random_source random(seed * 977);
        double const rates[] = {0.5, 1, 7.3, 60, 600, 12'345.6};
        auto const rate = rates[static_cast<int>(random.next() * 6)];
        auto const burst = 1 + static_cast<int>(random.next() * 8);
        gate_run run(seed, rate, burst);
        for (int i = 0; i < 3000 && run.kept; ++i)
            run.step();
        ASSERT_TRUE(run.kept) << "seed " << seed << " rate " << rate << " burst " << burst;
        calls += run.calls();
    }
    EXPECT_GT(calls, 100'000);
}

TEST(gate_property, the_check_itself_finds_one_call_too_many) {
    span_check check(60, 2);
    EXPECT_TRUE(check.call(1s));
    EXPECT_TRUE(check.call(1s));
    EXPECT_FALSE(check.call(1s + 999ms));
}

TEST(gate_property, without_restarts_at_least_99_percent_of_what_is_allowed_is_used) {
    gate g({.rate_per_minute = 600, .burst = 5});
    steady_time const start{hours{1}};
    int calls = 0;
    for (auto now = start; now < start + 60s; now = g.next(now)) {
        g.pass(now);
        ++calls;
    }
    EXPECT_GE(calls, 600);
    EXPECT_LE(calls, 605);
}

}  // namespace
}  // namespace setclick::delivery
