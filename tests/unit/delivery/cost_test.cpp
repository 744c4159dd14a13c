// The hot path of a healthy account: no allocation, and small (the figures are printed; the bound
// only catches accidents).
#include <chrono>
#include <cstdio>

#include "allocations.hpp"
#include "setclickd/delivery/fair_turn.hpp"
#include "timeline.hpp"

namespace setclick::delivery {
namespace {

/// Nanoseconds a call of `what`, best of five runs.
template <class What>
double nanoseconds_per(int calls, What what) {
    double best = 1e9;
    for (int run = 0; run < 5; ++run) {
        auto const from = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i)
            what(i);
        std::chrono::duration<double, std::nano> const took =
            std::chrono::steady_clock::now() - from;
        best = std::min(best, took.count() / calls);
    }
    return best;
}

void measure(char const* name, account_settings settings, bool headers) {
    account_control a(std::move(settings), 1);
    steady_time now{std::chrono::hours{1}};
    wall_time const wall{std::chrono::hours{1}};
    auto outcome = accepted();
    auto& facts = std::get<api::answer_facts>(outcome.what);
    if (headers) {
        facts.limit_per_minute = 1e9;
        facts.remaining = 1'000'000;
        facts.reset_in = 60s;
    }
    int rooms = 0, delivered = 0;
    auto const before = allocations_so_far();
    auto const ns = nanoseconds_per(200'000, [&](int i) {
        now += 1us;
        rooms += a.room(now) > 0;
        attempt_info const info{event_no{static_cast<std::uint64_t>(i)}, 1, now};
        a.begin(now);
        now += 1us;
        delivered += a.end(now, wall, outcome, info).what == disposition::delivered;
    });
    EXPECT_EQ(allocations_so_far(), before) << name;
    EXPECT_EQ(rooms, 1'000'000) << name;
    EXPECT_EQ(delivered, 1'000'000) << name;
    EXPECT_LT(ns, 20'000) << name;
    std::printf("%-46s %6.1f ns\n", name, ns);
}

TEST(cost, room_begin_end_of_a_healthy_account_is_small_and_allocates_nothing) {
    account_settings unlimited;
    unlimited.gate.rate_per_minute = 0;
    account_settings limited;
    limited.gate = {.rate_per_minute = 60e6, .burst = 1'000'000};
    measure("room + begin + end, unlimited", unlimited, false);
    measure("room + begin + end, limited", limited, false);
    measure("room + begin + end, unlimited, with headers", unlimited, true);
}

TEST(cost, a_turn_among_500_accounts_allocates_nothing_once_it_is_warm) {
    fair_turn turn(64);
    for (std::uint32_t i = 1; i <= 500; ++i)
        turn.set_wants(account_no{i}, 1'000'000'000);
    fair_turn::chance_of const room = [](account_no) { return chance{1000, never}; };
    std::vector<claim_grant> out;
    out.reserve(64);
    turn.plan(steady_time{1h}, 64, 8, room, out);
    auto flying = out;
    std::size_t at = 0;
    auto const before = allocations_so_far();
    auto const ns = nanoseconds_per(100'000, [&](int) {
        turn.ended(flying[at].account, flying[at].count);
        turn.plan(steady_time{1h}, 64, 8, room, out);
        if (!out.empty()) flying[at] = out.front();
        at = (at + 1) % flying.size();
    });
    EXPECT_EQ(allocations_so_far(), before);
    EXPECT_LT(ns, 100'000);
    std::printf("%-46s %6.1f ns\n", "ended + plan, 500 accounts ready", ns);
}

TEST(cost, five_hundred_accounts_are_small) {
    std::printf("%-46s %6zu bytes\n", "account_control", sizeof(account_control));
    EXPECT_LE(sizeof(account_control), 1024u);
}

}  // namespace
}  // namespace setclick::delivery
