// What the daemon answers to "status" is read as it was written.
#include "setclickd/status_model/live_status.hpp"

#include <gtest/gtest.h>

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
