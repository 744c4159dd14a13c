// What the daemon answers to "status" is read as it was written.
#include "setclickd/status_model/live_status.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <limits>

#include "setclickd/control/messages.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::status_model {
namespace {

wall_time const wall = from_ms(1'760'000'000'000);
steady_time const now{std::chrono::hours{1000}};

live_status read_back(delivery::deliver_status const& known) {
    return live_status_from(
        boost::json::value(control::status_message(known, 4711, std::chrono::hours{2}, now, wall)));
}

TEST(live_status, of_an_idle_daemon_has_nothing_to_show) {
    auto const live = read_back({});
    EXPECT_TRUE(live.daemon.is_running);
    EXPECT_EQ(live.daemon.pid, 4711);
    EXPECT_EQ(live.daemon.uptime_seconds, 7200);
    EXPECT_FALSE(live.daemon.disk_full);
    EXPECT_TRUE(live.daemon.ledger_locked.empty());
    EXPECT_TRUE(live.daemon.unreachable.empty());
    EXPECT_FALSE(live.daemon.stalled);
    EXPECT_FALSE(live.daemon.endpoint_parked);
    EXPECT_TRUE(live.accounts.empty());
}

TEST(live_status, keeps_the_daemons_troubles) {
    delivery::deliver_status known;
    known.disk_full = true;
    known.ledger_locked = "locked by sqlite3 (pid 12)";
    known.unreachable = true;
    known.unreachable_why = "nothing listens there";
    known.endpoint_parked.reason = delivery::park_reason::not_found;
    known.endpoint_parked.since = wall;
    known.endpoint_parked.next_probe = now + std::chrono::seconds{30};
    known.stalled = true;
    known.connections_open = 7;
    auto const live = read_back(known);
    EXPECT_TRUE(live.daemon.disk_full);
    EXPECT_EQ(live.daemon.ledger_locked, "locked by sqlite3 (pid 12)");
    EXPECT_EQ(live.daemon.unreachable, "nothing listens there");
    EXPECT_TRUE(live.daemon.stalled);
    EXPECT_EQ(live.daemon.connections_open, 7);
    ASSERT_TRUE(live.daemon.endpoint_parked);
    EXPECT_EQ(live.daemon.endpoint_parked->reason, name_of(delivery::park_reason::not_found));
    EXPECT_EQ(live.daemon.endpoint_parked->since, wall_text(wall));
    EXPECT_EQ(live.daemon.endpoint_parked->next_probe_seconds, 30);
}

TEST(live_status, keeps_what_is_known_of_an_account) {
    delivery::deliver_status known;
    delivery::account_delivery a;
    a.id = "a";
    a.effective_per_minute = std::numeric_limits<double>::infinity();
    a.rate_why = "unlimited";
    a.quiet_for = std::chrono::seconds{90};
    a.delivered_per_minute = 12.5;
    a.has_credential = false;
    a.trouble.is_on = true;
    a.trouble.since = wall;
    a.trouble.failures = 3;
    a.trouble.last = "503";
    a.trouble.next_try = now + std::chrono::seconds{9};
    known.accounts.push_back(a);
    auto const live = read_back(known).accounts.at("a");
    EXPECT_FALSE(live.parked);
    EXPECT_EQ(live.effective_per_minute, std::numeric_limits<double>::infinity());
    EXPECT_EQ(live.rate_why, "unlimited");
    EXPECT_EQ(live.quiet_for, std::chrono::seconds{90});
    EXPECT_EQ(live.delivered_per_minute, 12.5);
    EXPECT_FALSE(live.has_credential);
    EXPECT_EQ(live.trouble, "503, 3 failures since " + wall_text(wall) + ", next try in 9 s");
}

TEST(live_status, keeps_what_the_daemon_has_counted) {
    delivery::deliver_status known;
    auto& f = known.figures;
    for (std::size_t i = 0; i < f.attempts.size(); ++i)
        f.attempts[i] = 10 + i;
    for (std::size_t i = 0; i < f.rejected.size(); ++i)
        f.rejected[i] = 20 + i;
    f.request_seconds = {{0.1, 1.0}, {1, 2, 3}, 12.25};
    f.delivery_seconds = {{5}, {4, 5}, 6};
    f.claim_events = {{1, 2}, {0, 0, 7}, 700};
    f.import_events = {{64}, {8, 0}, 9};
    f.commit_seconds = {{0.001}, {10, 11}, 0.5};
    f.connections_opening = 1;
    f.connections_idle = 2;
    f.connections_busy = 3;
    f.handshakes_full = 4;
    f.handshakes_resumed = 5;
    f.process = {1'760'000'000.25, 12.5, 1 << 20, 1 << 30, 33, 1024, 7};
    EXPECT_EQ(read_back(known).daemon.figures, f);
    EXPECT_EQ(read_back({}).daemon.figures, delivery::daemon_figures{});
}

TEST(live_status, a_histogram_that_is_not_whole_is_none) {
    for (auto const* const bad :
         {R"({"figures":{"request_seconds":7}})", R"({"figures":{"request_seconds":{}}})",
          R"({"figures":{"request_seconds":{"bounds":[1],"counts":[1]}}})",
          R"({"figures":{"request_seconds":{"bounds":[2,1],"counts":[1,1,1]}}})",
          R"({"figures":{"request_seconds":{"bounds":["x"],"counts":[1,1]}}})",
          R"({"figures":{"request_seconds":{"bounds":[1],"counts":[1,-1]}}})",
          R"({"figures":{"request_seconds":{"bounds":[1],"counts":[1,"x"]}}})"})
        EXPECT_EQ(live_status_from(boost::json::parse(bad)).daemon.figures,
                  delivery::daemon_figures{})
            << bad;
}

TEST(live_status, keeps_an_accounts_permits_its_wait_and_its_tokens_end) {
    delivery::deliver_status known;
    known.accounts.resize(2);
    known.accounts[0].id = "a";
    known.accounts[0].permits = 3;
    known.accounts[0].rate_waited_seconds = 61.5;
    known.accounts[0].token_end = wall + std::chrono::hours{1};
    known.accounts[1].id = "b";
    auto const live = read_back(known);
    EXPECT_EQ(live.accounts.at("a").permits, 3U);
    EXPECT_EQ(live.accounts.at("a").rate_waited_seconds, 61.5);
    EXPECT_EQ(live.accounts.at("a").token_end, wall + std::chrono::hours{1});
    EXPECT_EQ(live.accounts.at("b").permits, 0U);
    EXPECT_EQ(live.accounts.at("b").token_end, std::nullopt);
}

TEST(live_status, answer_without_members_has_their_defaults) {
    auto const live = live_status_from(boost::json::value{});
    EXPECT_TRUE(live.daemon.is_running);
    EXPECT_EQ(live.daemon.pid, 0);
    EXPECT_TRUE(live.accounts.empty());
}

TEST(status_json, verdict_that_is_no_object_is_null_and_what_is_inner_is_left_out) {
    account_report a;
    EXPECT_TRUE(verdict_of(a).is_null());
    a.reconciled = "nonsense";
    EXPECT_TRUE(verdict_of(a).is_null());
    a.reconciled = R"({"agrees":true,"plan":"x","dry_run":false})";
    EXPECT_EQ(verdict_of(a), (boost::json::value{{"agrees", true}}));
}

TEST(status_json, age_of_never_and_of_the_future_is_zero) {
    EXPECT_EQ(age_seconds({}, wall), 0);
    EXPECT_EQ(age_seconds(wall + std::chrono::seconds{5}, wall), 0);
    EXPECT_EQ(age_seconds(wall, wall + std::chrono::milliseconds{2999}), 2);
}

}  // namespace
}  // namespace setclick::status_model
