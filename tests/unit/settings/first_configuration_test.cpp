#include "setclickd/settings/first_configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "setclickd/settings/effective.hpp"
#include "setclickd/settings/load.hpp"

namespace setclick::settings {
namespace {

constexpr auto id = "60a52f6ac660b269d13c3f53";
constexpr auto other = "60a52f6ac660b269d13c3f54";

TEST(FirstConfiguration, IsUsableAsItIs) {
    auto const read = load_text(first_configuration({id, "/etc/setclickd/token"}), "c.toml", {});
    EXPECT_TRUE(read.findings.empty()) << to_text(read.findings.front());
    ASSERT_EQ(read.values.accounts.size(), 1U);
    EXPECT_EQ(read.values.accounts[0].id, id);
    EXPECT_EQ(read.values.accounts[0].token_file, "/etc/setclickd/token");
}

TEST(FirstConfiguration, AnotherAccountLeavesEveryByteThatWasThere) {
    for (std::string const& before :
         {first_configuration({id, "/t"}), std::string("[spool]\ndir = \"/s\"  # mine"),
          "[[account]]\nid = \"" + std::string(id) + "\"\ntoken_file = \"/t\"\n[account.login]"}) {
        auto const text = with_account(before, {other, "/etc/a \"b\""});
        EXPECT_TRUE(text.starts_with(before));
        auto const read = load_text(text, "c.toml", {});
        ASSERT_TRUE(read.is_toml) << text;
        EXPECT_EQ(read.values.accounts.back().id, other);
        EXPECT_EQ(read.values.accounts.back().token_file, "/etc/a \"b\"");
    }
}

TEST(FirstConfiguration, AWebPasswordIsNamedInTheTableThatIsThereOrInANewOne) {
    auto const block = first_configuration({id, "/t"});
    struct row {
        std::string before, line;
    };
    row const table[] = {
        {block, "\n[metrics]\npassword_file = \"/p\""},
        {"[metrics]\nlisten = \"[::1]:1\"\n" + block, "[metrics]\npassword_file = \"/p\""},
        {"  [metrics] # numbers\n" + block, "# numbers\npassword_file = \"/p\""},
        {block + "[metrics]", "[metrics]\npassword_file = \"/p\""},
        {"# [metrics]\n" + block, "\n[metrics]\npassword_file = \"/p\""},
    };
    for (auto const& r : table) {
        auto const text = with_web_password(r.before, "/p");
        EXPECT_NE(text.find(r.line), std::string::npos) << text;
        auto const read = load_text(text, "c.toml", {});
        EXPECT_TRUE(read.usable()) << text;
        EXPECT_EQ(read.values.metrics.password_file, "/p") << text;
        EXPECT_EQ(read.values.accounts.size(), 1U) << text;
    }
    EXPECT_EQ(web_password_path("/etc/setclickd/setclickd.toml"), "/etc/setclickd/web-password");
}

TEST(FirstConfiguration, TokensLieBesideTheConfigurationUnderNamesOfTheirOwn) {
    EXPECT_EQ(token_path("/etc/setclickd/setclickd.toml", id, true), "/etc/setclickd/token");
    EXPECT_EQ(token_path("/etc/setclickd/setclickd.toml", other, false),
              std::string("/etc/setclickd/token-") + other);
    EXPECT_EQ(token_path("c.toml", id, true), "token");
}

TEST(Effective, NamesFileAndLineOrVariableOfWhatIsSetAndNothingForADefault) {
    std::vector<std::string> const environment{"SETCLICKD_DELIVERY__CONNECTIONS=7"};
    auto const read =
        load_text("[spool]\ndir = \"/s\"\n[[account]]\nid = \"" + std::string(id) +
                      "\"\nlogin = { email = \"canary@example.com\", password_file = \"/p\" }\n",
                  "c.toml", environment);
    bool has_dir = false, has_connections = false, has_default = false, has_email = false;
    for (auto const& v : effective(read)) {
        auto const name = v.table + "." + v.name;
        if (name == "spool.dir") {
            has_dir =
                v.value == "\"/s\"" && v.from && v.from->file == "c.toml" && v.from->line == 2;
        } else if (name == "delivery.connections") {
            has_connections = v.value == "7" && v.from && v.from->file == "environment";
        } else if (name == "ledger.path") {
            has_default = v.value == "\"/var/lib/setclickd/ledger.db\"" && !v.from;
        } else if (name == "account.login.email") {
            has_email = v.account == 0 && v.from && v.from->line == 5;
        }
        EXPECT_EQ(v.value.find("canary"), std::string::npos) << name;
    }
    EXPECT_TRUE(has_dir);
    EXPECT_TRUE(has_connections);
    EXPECT_TRUE(has_default);
    EXPECT_TRUE(has_email);
}

}  // namespace
}  // namespace setclick::settings
