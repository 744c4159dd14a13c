// When a node may send, and when another one may be taken for dead: timelines.
#include "../../../src/ledger/core/lease_rule.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace setclick::ledger {
namespace {

constexpr boot_time at(double seconds) {
    return boot_time{std::chrono::hours{1}} +
           std::chrono::duration_cast<boot_clock::duration>(std::chrono::duration<double>(seconds));
}

TEST(lease_rule, before_the_first_beat_nothing_is_sent) {
    own_lease lease;
    EXPECT_FALSE(lease.may_begin(boot_time{}));
    EXPECT_FALSE(lease.may_begin(at(0)));
}

TEST(lease_rule, trust_counts_from_before_the_request) {
    own_lease lease;
    lease.beaten(at(10));
    EXPECT_TRUE(lease.may_begin(at(21.9)));
    EXPECT_FALSE(lease.may_begin(at(22)));
    EXPECT_FALSE(lease.is_over(at(22.9)));
    EXPECT_TRUE(lease.is_over(at(23)));
    // An answer that comes late is no new trust.
    lease.beaten(at(9));
    EXPECT_EQ(lease.ends(), at(23));
    lease.beaten(at(30));
    EXPECT_TRUE(lease.may_begin(at(41.9)));
}

TEST(lease_rule, who_beats_is_left_alone) {
    beat_watch watch;
    for (int i = 0; i < 100; ++i) {
        std::vector<node_beat> const seen{{2, 1, i, false}};
        EXPECT_TRUE(watch.saw(seen, at(3 * i), at(3 * i + 0.1)).empty());
    }
}

TEST(lease_rule, the_same_beat_for_20_s_deposes) {
    beat_watch watch;
    std::vector<node_beat> const seen{{2, 1, 7, false}};
    EXPECT_TRUE(watch.saw(seen, at(0), at(0.5)).empty());
    for (double t = 3; t < 20.5; t += 3)
        EXPECT_TRUE(watch.saw(seen, at(t), at(t + 0.1)).empty()) << t;
    auto const gone = watch.saw(seen, at(20.5), at(20.6));
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0], seen[0]);
}

TEST(lease_rule, a_stopped_node_is_deposed_by_nobody) {
    beat_watch watch;
    std::vector<node_beat> const seen{{2, 1, 7, true}};
    watch.saw(seen, at(0), at(0));
    EXPECT_TRUE(watch.saw(seen, at(100), at(100)).empty());
}

TEST(lease_rule, another_epoch_is_another_life) {
    beat_watch watch;
    watch.saw(std::vector<node_beat>{{2, 1, 7, false}}, at(0), at(0));
    EXPECT_TRUE(watch.saw(std::vector<node_beat>{{2, 2, 7, false}}, at(19), at(19)).empty());
    EXPECT_TRUE(watch.saw(std::vector<node_beat>{{2, 2, 7, false}}, at(38), at(38)).empty());
    EXPECT_FALSE(watch.saw(std::vector<node_beat>{{2, 2, 7, false}}, at(39), at(39)).empty());
}

TEST(lease_rule, after_a_break_the_watch_begins_anew) {
    beat_watch watch;
    std::vector<node_beat> const seen{{2, 1, 7, false}};
    watch.saw(seen, at(0), at(0));
    watch.broke();
    EXPECT_TRUE(watch.saw(seen, at(19), at(19)).empty());
    EXPECT_TRUE(watch.saw(seen, at(38.9), at(38.9)).empty());
    EXPECT_FALSE(watch.saw(seen, at(39), at(39)).empty());
}

TEST(lease_rule, a_watcher_that_hung_with_an_answer_unread_deposes_nobody) {
    beat_watch watch;
    std::vector<node_beat> const seen{{2, 1, 7, false}};
    watch.saw(seen, at(0), at(0));
    // Asked at 3 s, stopped for a minute, then the old answer is read.
    EXPECT_TRUE(watch.saw(seen, at(3), at(63)).empty());
    // The next look shows that the other one went on all the time.
    EXPECT_TRUE(watch.saw(std::vector<node_beat>{{2, 1, 27, false}}, at(63), at(63.1)).empty());
}

TEST(lease_rule, a_start_goes_on_at_once_only_where_the_process_before_is_surely_dead) {
    for (bool const stopped : {false, true})
        for (bool const boot : {false, true})
            for (bool const folder : {false, true})
                for (bool const epoch : {false, true})
                    EXPECT_EQ(may_start_at_once({stopped, boot, folder, epoch}),
                              stopped || (boot && folder && epoch));
}

/// Owners that hang, watchers that hang, connections that break, slow answers: never does another node begin
/// while the deposed one may still begin a request, or its kernel deliver one (5 s).
TEST(lease_rule, nobody_takes_over_while_another_may_still_send) {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        std::mt19937 random(seed);
        auto const upto = [&](double most) {
            return most * static_cast<double>(random()) / 4294967296.0;
        };
        own_lease lease;
        beat_watch watch;
        std::int64_t beat = 0;
        // Each beat of the owner: when it was asked for, when the server counted it.
        struct counted {
            double at;
            std::int64_t beat;
        };
        std::vector<counted> server{{0, 0}};
        double last_trusted = 0;
        for (double t = 0; t < 200;) {
            auto const asked = t;
            auto const done = asked + upto(seed % 3 == 0 ? 5 : 0.2);
            server.push_back({done, ++beat});
            lease.beaten(at(asked));
            last_trusted = asked + 13;
            t = done + 3 + (random() % 20 == 0 ? upto(60) : 0.0);  // hangs at times
            if (random() % 25 == 0) break;                         // dies
        }
        auto const shown = [&](double t) {
            std::int64_t out = 0;
            for (auto const& c : server)
                if (c.at <= t) out = c.beat;
            return out;
        };
        double t = upto(3);
        double deposed = -1;
        while (deposed < 0 && t < 600) {
            auto const asked = t;
            auto const seen_at = asked + upto(0.3);
            auto const got = seen_at + upto(0.3) + (random() % 15 == 0 ? upto(70) : 0.0);
            std::vector<node_beat> const seen{{2, 1, shown(seen_at), false}};
            // The server refuses where the beat has gone on since.
            if (!watch.saw(seen, at(asked), at(got)).empty() && shown(got) == seen[0].beat)
                deposed = got;
            if (random() % 30 == 0) watch.broke();
            t = got + 3;
        }
        ASSERT_GT(deposed, 0) << seed;
        // What the owner was trusted with when it was deposed.
        double trusted = 0;
        own_lease then;
        for (std::size_t i = 1; i < server.size(); ++i)
            if (server[i].at <= deposed) trusted = server[i].at + 13;
        EXPECT_LE(trusted + 5, deposed + 1e-6) << seed << " last " << last_trusted;
    }
}

}  // namespace
}  // namespace setclick::ledger
