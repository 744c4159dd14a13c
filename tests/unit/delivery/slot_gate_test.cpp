// The endpoint's rate by slots that nodes lease from one row: no window holds too many calls, whoever dies or is
// slow.
#include "setclickd/delivery/slot_gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace setclick::delivery {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr steady_time start{std::chrono::hours{3}};

/// The row, by a clock of its own.
struct shared_row {
    std::int64_t time_us = 0;
    slot_block take(int count, std::int64_t step, std::int64_t now_us) {
        auto const first = std::max(time_us, now_us);
        time_us = first + step;
        return {first, now_us, count};
    }
};

TEST(slot_gate, off_it_restricts_nothing) {
    slot_gate const gate;
    EXPECT_FALSE(gate.is_on());
    EXPECT_GT(gate.room(start), 1000);
    EXPECT_EQ(gate.next(start), start);
    EXPECT_EQ(gate.wish(start), 0);
}

TEST(slot_gate, without_a_slot_nothing_passes_and_one_is_wished_for) {
    slot_gate gate(60, 1);
    EXPECT_EQ(gate.room(start), 0);
    EXPECT_EQ(gate.next(start), never);
    EXPECT_EQ(gate.wish(start), 1);
    gate.asked();
    EXPECT_EQ(gate.wish(start), 0) << "one question at a time";
    gate.failed();
    EXPECT_EQ(gate.wish(start), 1);
}

TEST(slot_gate, a_slot_is_used_in_its_time_or_lost) {
    slot_gate gate(60, 1);
    gate.got({1'000'000, 1'000'000, 1}, start, start + 10ms);
    EXPECT_EQ(gate.room(start + 9ms), 0);
    EXPECT_EQ(gate.room(start + 10ms), 1);
    EXPECT_EQ(gate.room(start + 50ms), 1);
    EXPECT_EQ(gate.room(start + 60ms), 0);
    EXPECT_EQ(gate.next(start + 60ms), never);
}

TEST(slot_gate, an_answer_that_took_too_long_gives_nothing) {
    slot_gate gate(60, 1);
    gate.got({1'000'000, 1'000'000, 1}, start, start + 80ms);
    EXPECT_EQ(gate.next(start + 80ms), never);
    EXPECT_EQ(gate.wish(start + 80ms), 1);
}

TEST(slot_gate, calls_of_a_block_are_an_interval_apart) {
    slot_gate gate(600, 1);
    gate.got({0, 0, 10}, start, start);
    auto now = start;
    steady_time last{};
    int calls = 0;
    for (; now < start + 2s; now += 1ms) {
        if (gate.room(now) == 0) continue;
        if (calls > 0) {
            EXPECT_GE(now - last, 100ms);
        }
        gate.pass(now);
        last = now;
        ++calls;
    }
    EXPECT_EQ(calls, 10);
}

TEST(slot_gate, with_a_burst_several_go_at_once) {
    slot_gate gate(60, 10);
    gate.got({0, 0, 10}, start, start);
    EXPECT_GE(gate.room(start), 8);
    EXPECT_LE(gate.room(start), 10);
}

struct terms {
    double per_minute;
    int burst;
};

class slot_gate_property : public ::testing::TestWithParam<terms> {};

/// Several nodes with clocks of their own, answers that take their time, nodes that hang, die and begin anew:
/// windows of every length hold at most rate * W + burst.
TEST_P(slot_gate_property, no_window_holds_too_many) {
    auto const [per_minute, burst] = GetParam();
    auto const interval = nanoseconds{static_cast<std::int64_t>(60e9 / per_minute)};
    std::int64_t used = 0;
    for (std::uint32_t seed = 1; seed <= 25; ++seed) {
        std::mt19937 random(seed);
        auto const upto = [&](std::int64_t most) {
            return most <= 0 ? 0 : static_cast<std::int64_t>(random()) % (most + 1);
        };
        struct node {
            slot_gate gate;
            nanoseconds offset{0};  // of its clock
            nanoseconds busy_until{0};
            bool wants = true;
            // The question on its way.
            bool is_asking = false;
            nanoseconds asked{0};
            nanoseconds served{0};
            nanoseconds answered{0};
            slot_block block;
            bool is_served = false;
        };
        shared_row row;
        auto const server_offset = upto(1'000'000'000);
        std::vector<node> nodes(1 + seed % 4);
        for (auto& n : nodes) {
            n.gate = slot_gate(per_minute, burst);
            n.offset = microseconds{upto(1'000'000'000)};
        }
        std::vector<nanoseconds> calls;
        auto const length = std::min<nanoseconds>(interval * 300, std::chrono::minutes{20});
        auto const step = std::max<nanoseconds>(length / 40'000, microseconds{50});
        for (nanoseconds now{0}; now < length; now += step + nanoseconds{upto(1000)}) {
            for (auto& n : nodes) {
                auto const local = start + n.offset + now;
                // The server answers where its time has come, also a node that hangs.
                if (n.is_asking && !n.is_served && now >= n.served) {
                    n.block =
                        row.take(n.block.count, n.gate.step_us(n.block.count),
                                 server_offset + std::chrono::floor<microseconds>(now).count());
                    n.is_served = true;
                }
                if (now < n.busy_until) continue;  // it hangs
                if (n.is_asking && n.is_served && now >= n.answered) {
                    n.is_asking = false;
                    n.gate.got(n.block, start + n.offset + n.asked, local);
                }
                if (random() % 20'000 == 0) n.busy_until = now + milliseconds{upto(3000)};
                if (random() % 30'000 == 0) {  // dies, and begins anew
                    n.gate = slot_gate(per_minute, burst);
                    n.is_asking = false;
                }
                if (random() % 5'000 == 0) n.wants = !n.wants;
                if (!n.wants) continue;
                for (int room = n.gate.room(local); room > 0; --room) {
                    n.gate.pass(local);
                    calls.push_back(now);
                }
                if (auto const count = n.gate.wish(local); count > 0 && !n.is_asking) {
                    n.gate.asked();
                    n.is_asking = true;
                    n.is_served = false;
                    n.asked = now;
                    auto const slow = random() % 10 == 0 ? 100'000 : 3'000;
                    n.served = now + microseconds{upto(slow)};
                    n.answered = n.served + microseconds{upto(slow)};
                    n.block.count = count;
                }
            }
        }
        std::ranges::sort(calls);
        used += static_cast<std::int64_t>(calls.size());
        for (std::size_t i = 0; i < calls.size(); ++i)
            for (std::size_t j = i + 1; j < std::min(calls.size(), i + 200); ++j) {
                auto const window = calls[j] - calls[i];
                auto const in_it = static_cast<double>(j - i + 1);
                auto const allowed =
                    static_cast<double>(window.count()) / static_cast<double>(interval.count()) +
                    burst;
                ASSERT_LE(in_it, allowed + 1e-6)
                    << "seed " << seed << ", " << static_cast<double>(window.count()) / 1e6
                    << " ms";
            }
    }
    EXPECT_GT(used, 1000) << "and something is let through";
}

INSTANTIATE_TEST_SUITE_P(rates, slot_gate_property,
                         ::testing::Values(terms{60, 1}, terms{60, 5}, terms{600, 1}, terms{600, 3},
                                           terms{300, 5}, terms{6000, 1}, terms{6000, 50},
                                           terms{7, 2}));

/// What sharing costs: with one interested node nearly everything of the rate is used.
TEST(slot_gate, block_grows_while_it_is_used_up_and_shrinks_to_what_was_used) {
    slot_gate gate(3000, 10);  // 20 ms apart
    auto now = start;
    auto const take = [&](int used) {
        auto const count = gate.wish(now);
        gate.asked();
        gate.got({0, 0, count}, now, now);
        for (int i = 0; i < count; ++i, now += 20ms)
            if (i < used) gate.pass(now);
        now += 200ms;
        return count;
    };
    EXPECT_EQ(take(99), 12);
    EXPECT_EQ(take(99), 24);
    EXPECT_EQ(take(99), 48);
    EXPECT_EQ(take(5), 50) << "never more than a second's worth";
    EXPECT_EQ(take(1), 5);
    EXPECT_EQ(take(0), 1);
    EXPECT_EQ(take(1), 1) << "never less than one";
    EXPECT_EQ(take(1), 2);
}

TEST(slot_gate, node_with_little_to_send_leaves_the_rate_to_one_with_much) {
    for (auto const burst : {1, 10, 60}) {
        shared_row row;
        struct node {
            slot_gate gate;
            nanoseconds every;  // an event
            int calls = 0;
            steady_time answer = never;
            slot_block block{};
            steady_time asked{};
        };
        std::vector<node> nodes{{slot_gate(3000, burst), 1ms}, {slot_gate(3000, burst), 220ms}};
        for (auto now = start; now < start + 60s; now += 1ms)
            for (auto& n : nodes) {
                if (now >= n.answer) {
                    n.gate.got(n.block, n.asked, now);
                    n.answer = never;
                }
                if ((now - start) / n.every < n.calls) continue;
                if (n.gate.room(now) > 0) {
                    n.gate.pass(now);
                    ++n.calls;
                }
                if (auto const count = n.gate.wish(now); count > 0) {
                    n.gate.asked();
                    n.asked = now;
                    n.answer = now + 4ms;
                    auto const us = std::chrono::duration_cast<microseconds>(now - start).count();
                    n.block = row.take(count, n.gate.step_us(count), us + 2000);
                }
            }
        EXPECT_GT(nodes[1].calls, 240) << "of 272 that it needs; burst " << burst;
        EXPECT_GT(nodes[0].calls, burst == 60 ? 2300 : 1700) << "of 2,728; burst " << burst;
    }
}

TEST(slot_gate, little_of_the_rate_is_lost) {
    for (auto const& [per_minute, burst] : {terms{60, 1}, terms{600, 1}, terms{300, 5}}) {
        slot_gate gate(per_minute, burst);
        shared_row row;
        int calls = 0;
        std::int64_t answer_at = -1;
        std::int64_t asked_at = 0;
        slot_block block;
        auto const minutes = 10;
        for (std::int64_t ms = 0; ms < minutes * 60'000; ++ms) {
            auto const now = start + milliseconds{ms};
            if (answer_at >= 0 && ms >= answer_at) {
                gate.got(block, start + milliseconds{asked_at}, now);
                answer_at = -1;
            }
            while (gate.room(now) > 0) {
                gate.pass(now);
                ++calls;
            }
            if (auto const count = gate.wish(now); count > 0) {
                gate.asked();
                block = row.take(count, gate.step_us(count), ms * 1000);
                asked_at = ms;
                answer_at = ms + 3;
            }
        }
        EXPECT_GT(calls, 0.93 * per_minute * minutes) << per_minute;
        EXPECT_LE(calls, per_minute * minutes + burst);
    }
}

}  // namespace
}  // namespace setclick::delivery
