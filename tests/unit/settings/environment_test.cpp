#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "setclickd/settings/load.hpp"

namespace setclick::settings {
namespace {

using testing::HasSubstr;

std::string const file_text = R"([delivery]
connections = 8
[[account]]
id = "60a52f6ac660b269d13c3f53"
token_file = "/t"
)";

loaded with(std::vector<std::string> const& environment, std::string const& text = file_text) {
    return load_text(text, "f.toml", environment);
}

TEST(settings_environment, variable_wins_over_the_file_and_the_file_over_the_default) {
    EXPECT_EQ(with({}).values.delivery.connections, 8U);
    EXPECT_EQ(with({"SETCLICKD_DELIVERY__CONNECTIONS=9"}).values.delivery.connections, 9U);
}

TEST(settings_environment, every_kind_of_value_is_read_from_its_text) {
    auto const l =
        with({"SETCLICKD_ENDPOINT__BASE_URL=https://sandbox:8443/api", "SETCLICKD_SPOOL__SETTLE=0s",
              "SETCLICKD_SPOOL__INOTIFY=false", "SETCLICKD_SPOOL__MAX_LINE=32KiB",
              "SETCLICKD_ENDPOINT__RATE_PER_MINUTE=0.5", "SETCLICKD_DIALECT__LEAD=both",
              "SETCLICKD_ACCOUNT__IN_DOUBT_STATUSES=500,504",
              "SETCLICKD_ACCOUNT__RATE_PER_MINUTE=0", "SETCLICKD_CONTROL__SOCKET=/run/c.sock"});
    EXPECT_TRUE(l.usable()) << (l.findings.empty() ? "" : to_text(l.findings[0]));
    EXPECT_EQ(l.values.endpoint.base_url, "https://sandbox:8443/api");
    EXPECT_EQ(l.values.spool.settle, 0s);
    EXPECT_FALSE(l.values.spool.inotify);
    EXPECT_EQ(l.values.spool.max_line, 32768U);
    EXPECT_EQ(l.values.endpoint.rate_per_minute, 0.5);
    EXPECT_EQ(l.values.dialect.lead, event::lead_mode::both);
    EXPECT_EQ(l.values.accounts.at(0).in_doubt_statuses, (std::set<int>{500, 504}));
    EXPECT_EQ(l.values.accounts.at(0).rate_per_minute, 0);
    EXPECT_EQ(l.values.control_socket, "/run/c.sock");
}

TEST(settings_environment, accounts_are_made_and_changed_by_number) {
    auto const l =
        with({"SETCLICKD_ACCOUNT__2__TOKEN_FILE=/t2",
              "SETCLICKD_ACCOUNT__2__ID=70a52f6ac660b269d13c3f53", "SETCLICKD_ACCOUNT__1__BURST=3",
              "SETCLICKD_ACCOUNT__3__ID=80a52f6ac660b269d13c3f53",
              "SETCLICKD_ACCOUNT__3__LOGIN__EMAIL=a@b.c",
              "SETCLICKD_ACCOUNT__3__LOGIN__PASSWORD_FILE=/p"});
    EXPECT_TRUE(l.usable()) << (l.findings.empty() ? "" : to_text(l.findings[0]));
    ASSERT_EQ(l.values.accounts.size(), 3U);
    EXPECT_EQ(l.values.accounts[0].burst, 3U);
    EXPECT_EQ(l.values.accounts[1].token_file, "/t2");
    EXPECT_EQ(l.values.accounts[2].login->email, "a@b.c");
}

TEST(settings_environment, whole_configuration_may_come_from_variables) {
    auto const l = with(
        {"SETCLICKD_ACCOUNT__ID=60a52f6ac660b269d13c3f53", "SETCLICKD_ACCOUNT__TOKEN_FILE=/t"}, "");
    EXPECT_TRUE(l.usable());
    ASSERT_EQ(l.values.accounts.size(), 1U);
}

TEST(settings_environment, finding_names_the_variable) {
    struct {
        std::string entry, message;
    } const table[] = {
        {"SETCLICKD_DELIVERY__CONNECTIONS=0", "out of range; allowed: 1 to 4096"},
        {"SETCLICKD_DELIVERY__CONNECTIONS=", "must be a whole number"},
        {"SETCLICKD_DELIVERY__CONECTIONS=3", "did you mean SETCLICKD_DELIVERY__CONNECTIONS?"},
        {"SETCLICKD_ACCOUNT__3__ID=x", "there is no account 3; the next one would be 2"},
        {"SETCLICKD_SPOOL__INOTIFY=maybe", "must be true or false"},
        {"SETCLICKD_SPOOL__SETTLE=2", "is not a duration"},
    };
    for (auto const& [entry, message] : table) {
        auto const l = with({entry});
        ASSERT_EQ(l.findings.size(), 1U) << entry;
        EXPECT_EQ(l.findings[0].file, "environment");
        EXPECT_EQ(l.findings[0].key, entry.substr(0, entry.find('=')));
        EXPECT_THAT(l.findings[0].message, HasSubstr(message)) << entry;
        EXPECT_FALSE(l.usable());
    }
}

TEST(settings_environment, variables_of_others_are_left_alone) {
    EXPECT_TRUE(
        with({"SETCLICKD_PORT=tcp://1.2.3.4", "PATH=/bin", "SETCLICKD_=", "XSETCLICKD_A__B=1"})
            .findings.empty());
}

}  // namespace
}  // namespace setclick::settings
