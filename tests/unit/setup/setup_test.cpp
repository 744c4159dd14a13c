// What the configuration becomes for the modules.
#include "setclickd/setup/accounts.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "setclickd/setup/network.hpp"

namespace setclick::setup {
namespace {

settings::settings two_accounts() {
    settings::settings s;
    s.accounts.resize(2);
    s.accounts[0].id = "a";
    s.accounts[1].id = "b";
    s.accounts[1].rate_per_minute = 0;
    s.accounts[1].in_doubt = doubt_policy::hold;
    s.accounts[1].in_doubt_statuses = {500, 504};
    return s;
}

TEST(setup, account_is_made_with_its_own_and_the_common_settings) {
    auto const s = two_accounts();
    auto const a = account_settings_of(s, s.accounts[0]);
    EXPECT_EQ(a.gate.rate_per_minute, 60);
    EXPECT_EQ(a.gate.report_share, s.report.share);
    EXPECT_EQ(a.gate.longest_hold, s.retry.retry_after_cap);
    EXPECT_EQ(a.in_doubt, doubt_policy::resend);
    EXPECT_FALSE(a.in_doubt_statuses);
    auto const b = account_settings_of(s, s.accounts[1]);
    EXPECT_EQ(b.in_doubt, doubt_policy::hold);
    EXPECT_EQ(*b.in_doubt_statuses, (std::vector<int>{500, 504}));
}

TEST(setup, no_account_takes_all_connections_where_there_are_others) {
    auto s = two_accounts();
    s.delivery.connections = 64;
    EXPECT_EQ(account_settings_of(s, s.accounts[0]).window_cap, 56);
    s.delivery.connections = 1;
    EXPECT_EQ(account_settings_of(s, s.accounts[0]).window_cap, 1);
    s.accounts.resize(1);
    s.delivery.connections = 64;
    EXPECT_EQ(account_settings_of(s, s.accounts[0]).window_cap, 64);
}

TEST(setup, effective_rate_is_the_smaller_one_and_zero_is_none) {
    auto s = two_accounts();
    EXPECT_EQ(effective_rate(s, s.accounts[0]), 60);
    EXPECT_EQ(effective_rate(s, s.accounts[1]), std::numeric_limits<double>::infinity());
    s.endpoint.rate_per_minute = 30;
    EXPECT_EQ(effective_rate(s, s.accounts[0]), 30);
    EXPECT_EQ(effective_rate(s, s.accounts[1]), 30);
}

TEST(setup, events_are_checked_against_the_configured_accounts) {
    auto s = two_accounts();
    s.dialect.lead = event::lead_mode::both;
    auto const r = rules_of(s);
    EXPECT_EQ(r.accounts, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(r.max_depth, s.spool.max_depth);
    EXPECT_EQ(r.lead, event::lead_mode::both);
}

TEST(setup, targets_are_below_the_base_url) {
    settings::settings s;
    s.endpoint.base_url = "https://example.org:8443/api";
    auto const open = open_settings_of(s, "");
    ASSERT_TRUE(open) << open.error().message;
    EXPECT_EQ(set_click_target(s, open->to).path, "/api" + s.endpoint.set_click_path);
    EXPECT_EQ(login_target(s, open->to).path, "/api" + s.endpoint.login_path);
    EXPECT_EQ(accounts_target(s, open->to).path, "/api" + s.endpoint.accounts_path);
    EXPECT_EQ(report_target(s, open->to).path, "/api" + s.endpoint.report_path);
    EXPECT_EQ(report_target(s, open->to).host, open->to.host_header());
    EXPECT_FALSE(open->proxy);
}

TEST(setup, url_or_proxy_that_cannot_be_used_is_an_error) {
    settings::settings s;
    s.endpoint.base_url = "ftp://example.org";
    EXPECT_FALSE(open_settings_of(s, ""));
    s = {};
    s.endpoint.proxy = "nonsense";
    EXPECT_FALSE(open_settings_of(s, ""));
    s = {};
    s.endpoint.proxy = "http://proxy:3128";
    EXPECT_TRUE(open_settings_of(s, ""));
    s.endpoint.proxy_credentials_file = "/nowhere/credentials";
    EXPECT_FALSE(open_settings_of(s, ""));
}

TEST(setup, endpoint_is_another_one_where_events_go_elsewhere_or_another_way) {
    settings::endpoint_settings const a;
    for (auto const member :
         {&settings::endpoint_settings::base_url, &settings::endpoint_settings::set_click_path,
          &settings::endpoint_settings::ca_file, &settings::endpoint_settings::proxy,
          &settings::endpoint_settings::proxy_credentials_file}) {
        auto b = a;
        EXPECT_TRUE(is_same_endpoint(a, b));
        b.*member = "other";
        EXPECT_FALSE(is_same_endpoint(a, b));
    }
    auto b = a;
    b.login_path = "/other";
    b.rate_per_minute = 7;
    EXPECT_TRUE(is_same_endpoint(a, b));
}

}  // namespace
}  // namespace setclick::setup
