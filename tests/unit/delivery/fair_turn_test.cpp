#include "setclickd/delivery/fair_turn.hpp"

#include "setclickd/delivery/claim_planner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "setclickd/delivery/random.hpp"

namespace setclick::delivery {
namespace {

using wishes = std::vector<claim_grant>;

constexpr steady_time start{std::chrono::hours{1}};

account_no no(int n) {
    return account_no(static_cast<std::uint32_t>(n));
}

chance always(account_no) {
    return {1'000'000, never};
}

wishes planned(fair_turn& turn, int budget, int batch, fair_turn::chance_of const& room = always) {
    wishes out;
    turn.plan(start, budget, batch, room, out);
    return out;
}

std::map<int, int> sums(wishes const& all) {
    std::map<int, int> out;
    for (auto const& w : all)
        out[static_cast<int>(w.account)] += w.count;
    return out;
}

TEST(fair_turn, alone_an_account_gets_everything) {
    fair_turn turn(64);
    turn.set_wants(no(1), 1'000'000);
    EXPECT_EQ(sums(planned(turn, 64, 16)), (std::map<int, int>{{1, 64}}));
    EXPECT_TRUE(planned(turn, 64, 16).empty());
    turn.ended(no(1), 5);
    EXPECT_EQ(sums(planned(turn, 64, 16)), (std::map<int, int>{{1, 5}}));
}

TEST(fair_turn, accounts_get_a_batch_each_by_turns) {
    fair_turn turn(1000);
    for (int i = 1; i <= 3; ++i)
        turn.set_wants(no(i), 100);
    EXPECT_EQ(planned(turn, 50, 10),
              (wishes{{no(1), 10}, {no(2), 10}, {no(3), 10}, {no(1), 10}, {no(2), 10}}));
    EXPECT_EQ(planned(turn, 10, 10), (wishes{{no(3), 10}}));
}

TEST(fair_turn, a_sleeper_whose_time_has_come_is_a_newcomer_before_anybody_plans) {
    fair_turn turn(64);
    turn.set_wants(no(1), 5);
    auto const due = start + 2s;
    EXPECT_TRUE(planned(turn, 64, 16, [&](account_no) { return chance{0, due}; }).empty());
    EXPECT_EQ(turn.next_wake(), due);
    turn.wake(due - 1ms);
    EXPECT_EQ(turn.newcomers(), 0);
    turn.wake(due);
    EXPECT_EQ(turn.newcomers(), 1);
    EXPECT_EQ(turn.next_wake(), never) << "a wake in the past would come again and again";
}

TEST(fair_turn, an_account_gets_no_more_than_it_wants_or_has_room_for) {
    fair_turn turn(1000);
    turn.set_wants(no(1), 3);
    turn.set_wants(no(2), 100);
    auto const room = [](account_no a) { return chance{a == no(2) ? 7 : 100, never}; };
    EXPECT_EQ(sums(planned(turn, 100, 5, room)), (std::map<int, int>{{1, 3}, {2, 7}}));
}

TEST(fair_turn, an_enormous_account_leaves_an_eighth_free_and_a_newcomer_goes_at_once) {
    fair_turn turn(64);
    turn.set_wants(no(1), 1'000'000);
    turn.set_wants(no(2), 1);
    EXPECT_EQ(sums(planned(turn, 64, 64)), (std::map<int, int>{{1, 56}, {2, 1}}));
    turn.set_wants(no(3), 2);
    EXPECT_EQ(sums(planned(turn, 64, 64)), (std::map<int, int>{{3, 2}}));
}

TEST(fair_room, who_has_nothing_gets_its_share_the_others_what_leaves_an_eighth_free) {
    struct row {
        int capacity, active, out, total, room;
    };
    for (auto const& r :
         {row{64, 1, 0, 0, 64}, row{64, 1, 60, 60, 4}, row{64, 2, 50, 50, 6}, row{64, 2, 56, 56, 0},
          row{64, 2, 0, 56, 8}, row{64, 21, 3, 60, 0}, row{64, 21, 1, 57, 0}, row{64, 21, 1, 55, 1},
          row{64, 21, 0, 60, 3}, row{64, 500, 0, 63, 1}, row{64, 500, 1, 63, 0},
          row{64, 500, 0, 64, 0}, row{1, 2, 0, 0, 1}, row{1, 2, 1, 1, 0}})
        EXPECT_EQ(fair_room(r.capacity, r.active, r.out, r.total), r.room)
            << r.capacity << ' ' << r.active << ' ' << r.out << ' ' << r.total;
}

TEST(most_claimed, grows_with_the_connections_and_stays_within_what_a_crash_may_leave_in_doubt) {
    constexpr int usual = usually_out;
    EXPECT_EQ(most_claimed(usual, 1), usual);
    EXPECT_EQ(most_claimed(usual, 64), usual);
    EXPECT_EQ(most_claimed(usual, 65), usual + 1);
    EXPECT_EQ(most_claimed(usual, 512), usual + 448 + 112);
    for (int connections = 64; connections <= 4096; ++connections) {
        EXPECT_LE(most_claimed(usual, connections), connections + 512) << connections;
        EXPECT_GT(most_claimed(usual, connections), connections) << "one on the wire for each";
    }
}

TEST(fair_turn, newcomers_alone_may_be_asked_for_and_the_others_keep_their_place) {
    fair_turn turn(64);
    turn.set_wants(no(1), 1'000'000);
    EXPECT_EQ(turn.newcomers(), 1);
    EXPECT_EQ(sums(planned(turn, 40, 40)), (std::map<int, int>{{1, 40}}));
    EXPECT_EQ(turn.newcomers(), 0);
    turn.set_wants(no(2), 3);
    EXPECT_EQ(turn.newcomers(), 1);
    std::vector<claim_grant> out;
    auto const room = [](account_no) { return chance{100, never}; };
    turn.plan(start, 24, 8, room, out, fair_turn::whom::newcomers);
    EXPECT_EQ(sums(out), (std::map<int, int>{{2, 3}}));
    EXPECT_EQ(turn.newcomers(), 0);
    turn.plan(start, 24, 8, room, out, fair_turn::whom::newcomers);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(sums(planned(turn, 8, 8)), (std::map<int, int>{{1, 8}})) << "it still stands there";
    turn.ended(no(1), 48);
    EXPECT_EQ(turn.newcomers(), 1) << "it has nothing out any more";
    turn.set_wants(no(1), 0);
    EXPECT_EQ(turn.newcomers(), 0);
}

TEST(fair_turn, equal_wishes_share_equally) {
    fair_turn turn(64);
    for (int i = 1; i <= 4; ++i)
        turn.set_wants(no(i), 1'000'000);
    auto const first = sums(planned(turn, 64, 4));
    for (int i = 1; i <= 4; ++i)
        EXPECT_NEAR(first.at(i), 16, 2);
    EXPECT_EQ(turn.share(), 16);
}

TEST(fair_turn, with_more_accounts_than_capacity_each_still_gets_its_turn) {
    fair_turn turn(8);
    for (int i = 1; i <= 100; ++i)
        turn.set_wants(no(i), 1000);
    std::map<int, int> got;
    for (int round = 0; round < 400; ++round) {
        for (auto const& w : planned(turn, 8, 4)) {
            got[static_cast<int>(w.account)] += w.count;
            turn.ended(w.account, w.count);
        }
    }
    ASSERT_EQ(got.size(), 100u);
    auto const [least, most] = std::minmax_element(
        got.begin(), got.end(), [](auto const& a, auto const& b) { return a.second < b.second; });
    EXPECT_LE(most->second - least->second, 4);
}

TEST(fair_turn, a_parked_account_costs_nothing_until_it_is_ready) {
    fair_turn turn(64);
    int asked = 0;
    auto const parked = [&](account_no) { return ++asked, chance{0, never}; };
    turn.set_wants(no(1), 100);
    EXPECT_TRUE(planned(turn, 64, 8, parked).empty());
    EXPECT_EQ(asked, 1);
    // New events do not wake it.
    turn.set_wants(no(1), 200);
    EXPECT_FALSE(turn.is_due(start));
    EXPECT_TRUE(planned(turn, 64, 8, parked).empty());
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(turn.next_wake(), never);
    turn.ready(no(1));
    EXPECT_EQ(sums(planned(turn, 64, 8)), (std::map<int, int>{{1, 64}}));
}

TEST(fair_turn, a_slow_account_sleeps_until_its_time) {
    fair_turn turn(64);
    turn.set_wants(no(1), 100);
    auto now = start;
    wishes out;
    auto const slow = [&](account_no) {
        return now < start + 10s ? chance{0, start + 10s} : chance{1, start + 20s};
    };
    turn.plan(now, 64, 8, slow, out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(turn.next_wake(), start + 10s);
    now = start + 10s;
    turn.plan(now, 64, 8, slow, out);
    EXPECT_EQ(out, (wishes{{no(1), 1}}));
}

TEST(fair_turn, a_time_that_has_passed_is_no_endless_loop) {
    fair_turn turn(64);
    turn.set_wants(no(1), 1);
    EXPECT_TRUE(planned(turn, 64, 8, [](account_no) { return chance{0, start - 1s}; }).empty());
    EXPECT_EQ(turn.next_wake(), start + 1ms);
}

TEST(fair_turn, an_account_without_wishes_leaves_and_comes_back) {
    fair_turn turn(64);
    turn.set_wants(no(1), 5);
    turn.set_wants(no(1), 0);
    EXPECT_TRUE(planned(turn, 64, 8).empty());
    turn.ready(no(1));
    EXPECT_FALSE(turn.is_due(start));
    turn.set_wants(no(1), 2);
    EXPECT_EQ(sums(planned(turn, 64, 8)), (std::map<int, int>{{1, 2}}));
}

TEST(fair_turn, a_turn_costs_the_accounts_that_can_go) {
    fair_turn turn(64);
    int asked = 0;
    auto const room = [&](account_no a) {
        ++asked;
        return static_cast<int>(a) <= 490 ? chance{0, never} : chance{1000, never};
    };
    for (int i = 1; i <= 500; ++i)
        turn.set_wants(no(i), 1'000'000);
    planned(turn, 64, 8, room);
    asked = 0;
    for (int i = 0; i < 100; ++i)
        for (auto const& w : planned(turn, 64, 8, room))
            turn.ended(w.account, w.count);
    EXPECT_LE(asked, 100 * 40);
}

TEST(fair_turn, out_never_exceeds_the_capacity_and_counts_stay_right) {
    random_source random(77);
    fair_turn turn(32);
    std::deque<claim_grant> flying;
    int out_now = 0;
    std::map<int, long> wants;
    for (int step = 0; step < 200'000; ++step) {
        auto const account = 1 + static_cast<int>(random.next() * 40);
        switch (static_cast<int>(random.next() * 5)) {
            case 0:
                wants[account] += static_cast<long>(random.next() * 30);
                turn.set_wants(no(account), static_cast<std::uint64_t>(wants[account]));
                break;
            case 1:
                turn.ready(no(account));
                break;
            case 2:
            case 3:
                if (!flying.empty()) {
                    auto const w = flying.front();
                    flying.pop_front();
                    turn.ended(w.account, w.count);
                    out_now -= w.count;
                }
                break;
            case 4: {
                auto const now = start + milliseconds{step};
                wishes out;
                turn.plan(
                    now, 16, 5,
                    [&](account_no) {
                        auto const r = random.next();
                        if (r < 0.2) return chance{0, never};
                        if (r < 0.4)
                            return chance{0, now + milliseconds{static_cast<int>(r * 1000)}};
                        return chance{static_cast<int>(r * 10), never};
                    },
                    out);
                int sum = 0;
                for (auto const& w : out) {
                    ASSERT_GT(w.count, 0);
                    ASSERT_LE(w.count, 5);
                    sum += w.count;
                    wants[static_cast<int>(w.account)] -= w.count;
                    ASSERT_GE(wants[static_cast<int>(w.account)], 0);
                    flying.push_back(w);
                }
                out_now += sum;
                ASSERT_LE(sum, 16);
                ASSERT_LE(out_now, 32);
                ASSERT_EQ(turn.out(), out_now);
            }
        }
    }
}

// 500 accounts, 20 parked, 20 at one a minute, one with a million events: the others wait for
// little more than alone.
TEST(fair_turn, small_accounts_among_an_enormous_one_are_served_within_one_batch) {
    fair_turn turn(64);
    auto now = start;
    std::map<int, steady_time> permit;
    auto const room = [&](account_no a) -> chance {
        auto const n = static_cast<int>(a);
        if (n <= 20) return {0, never};
        if (n <= 40) return permit[n] <= now ? chance{1, now + 60s} : chance{0, permit[n]};
        return {64, never};
    };
    for (int i = 1; i <= 40; ++i)
        turn.set_wants(no(i), 1000);
    turn.set_wants(no(41), 1'000'000);
    random_source random(4);
    std::deque<std::pair<steady_time, claim_grant>> flying;
    std::map<int, steady_time> asked_at;
    std::vector<milliseconds> waits;
    std::int64_t enormous = 0;
    wishes out;
    for (int ms = 0; ms < 20'000; ++ms) {
        now = start + milliseconds{ms};
        while (!flying.empty() && flying.front().first <= now) {
            turn.ended(flying.front().second.account, flying.front().second.count);
            flying.pop_front();
        }
        // One small account gets one event, every other millisecond.
        if (ms % 2 == 0) {
            auto const n = 42 + static_cast<int>(random.next() * 459);
            if (asked_at.try_emplace(n, now).second) turn.set_wants(no(n), 1);
        }
        turn.plan(now, 64, 16, room, out);
        for (auto const& w : out) {
            flying.push_back({now + 20ms, w});
            auto const n = static_cast<int>(w.account);
            if (n == 41) enormous += w.count;
            if (n > 20 && n <= 40) permit[n] = now + 60s;
            if (auto const it = asked_at.find(n); it != asked_at.end()) {
                waits.push_back(std::chrono::duration_cast<milliseconds>(now - it->second));
                asked_at.erase(it);
            }
        }
    }
    ASSERT_GT(waits.size(), 9000u);
    std::sort(waits.begin(), waits.end());
    EXPECT_EQ(waits[waits.size() / 2], 0ms);
    EXPECT_LE(waits.back(), 20ms);
    // And the enormous one gets nearly all that is left: 64 connections of 20 ms, less half a call
    // a millisecond.
    EXPECT_GE(enormous, static_cast<std::int64_t>(20'000 * 0.7 * (64.0 / 20 - 0.5)));
}

}  // namespace
}  // namespace setclick::delivery
