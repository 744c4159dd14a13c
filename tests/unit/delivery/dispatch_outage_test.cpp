// Outages of hours, through account, endpoint, claims and pool together: what they cost, and that
// they end without a person.
#include <gtest/gtest.h>

#include "dispatch_world.hpp"

namespace setclick::delivery {
namespace {

using mood = dispatch_world::mood;
constexpr milliseconds ten_hours = std::chrono::hours{10};

/// Well for a moment, so that the accounts are known to be; then `m` with `events` each.
void begin_outage(dispatch_world& w, doubt_policy policy, std::uint64_t events, mood m) {
    w.set_policy(policy);
    auto const accounts = w.all.accounts().size() - 1;
    for (std::uint32_t no = 1; no <= accounts; ++no)
        w.import(account_no{no}, 1);
    w.run(std::chrono::seconds{30});
    ASSERT_TRUE(w.all_final()) << w.left();
    w.be(m);
    for (std::uint32_t no = 1; no <= accounts; ++no)
        w.import(account_no{no}, events);
}

void until_all_final(dispatch_world& w) {
    for (int i = 0; i < 400'000 && !w.all_final(); ++i) {
        ASSERT_TRUE(w.step()) << "nothing happens any more;" << w.left();
        ASSERT_EQ(w.fault(), "");
    }
    ASSERT_TRUE(w.all_final()) << w.left();
}

TEST(dispatch_outage, ten_hours_of_502_then_well_and_under_resend_everything_is_delivered) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        dispatch_world w(seed, 1 + static_cast<int>(seed % 4), 1 + static_cast<int>(seed * 5 % 33));
        begin_outage(w, doubt_policy::resend, 200, mood::bad_gateway);
        w.run(ten_hours, 10'000'000);
        EXPECT_EQ(w.fault(), "") << seed;
        EXPECT_FALSE(w.all_final());
        EXPECT_EQ(w.reports(), 0U) << "no answer that cannot be read";
        w.be(mood::well);
        until_all_final(w);
        EXPECT_EQ(w.held(), 0U) << seed;
    }
}

TEST(dispatch_outage, ten_hours_of_502_cost_one_event_a_round_under_hold) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        dispatch_world w(seed, 1, 1 + static_cast<int>(seed * 5 % 33));
        begin_outage(w, doubt_policy::hold, 20'000, mood::bad_gateway);
        auto const before = w.attempts();
        w.run(ten_hours, 10'000'000);
        EXPECT_EQ(w.fault(), "") << seed;
        EXPECT_EQ(w.held(), w.attempts() - before) << "none is sent twice";
        // Between two rounds lie half of retry.cap (10 s) at least, once the waits have grown; at
        // first as many are on the wire as there are connections.
        EXPECT_LT(w.held(), 10 * 3600 / 5 + 100U) << seed;
        EXPECT_GT(w.held(), 10 * 3600 / 20U) << "it is tried all the time";
    }
}

TEST(dispatch_outage, what_cannot_be_read_spends_few_events_and_a_report_finds_its_end) {
    for (auto const policy : {doubt_policy::resend, doubt_policy::hold})
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            auto const accounts = 1 + static_cast<int>(seed % 4);
            auto const connections = 1 + static_cast<int>(seed * 5 % 33);
            dispatch_world w(seed, accounts, connections);
            begin_outage(w, policy, 1000, mood::unreadable);
            auto const before = w.attempts();
            w.run(ten_hours, 10'000'000);
            EXPECT_EQ(w.fault(), "") << seed;
            // What was on the wire when the first such answer came, and max_in_doubt (4 at most
            // here) probes of each account.
            EXPECT_LE(w.attempts() - before,
                      static_cast<std::uint64_t>(connections + accounts * 4 + accounts))
                << seed;
            EXPECT_GT(w.reports(), 100U) << seed;
            EXPECT_LT(w.reports(), static_cast<std::uint64_t>(accounts) * 10 * 3600 / 5) << seed;
            w.be(mood::well);
            until_all_final(w);
            if (policy == doubt_policy::resend)
                EXPECT_LE(w.held(), w.attempts() - before);
            else
                EXPECT_LE(w.held(), static_cast<std::uint64_t>(connections + accounts * 5));
        }
}

}  // namespace
}  // namespace setclick::delivery
