#include "daemon/configuration.hpp"

#include <gtest/gtest.h>

namespace setclick::daemon {
namespace {

settings::settings with_accounts(std::initializer_list<char const*> ids) {
    settings::settings s;
    for (auto const* const id : ids) {
        settings::account_settings a;
        a.id = id;
        s.accounts.push_back(a);
    }
    return s;
}

std::vector<ledger::account_info> known(
    std::initializer_list<std::pair<char const*, std::uint32_t>> accounts) {
    std::vector<ledger::account_info> out;
    for (auto const& [id, no] : accounts) {
        ledger::account_info a;
        a.id = id;
        a.no = account_no{no};
        out.push_back(a);
    }
    return out;
}

TEST(Configuration, NumbersTheAccountsInTheOrderOfTheSettings) {
    configuration c(with_accounts({"b", "a"}));
    c.add_numbers(known({{"a", 1}, {"b", 2}, {"gone", 3}}));
    EXPECT_EQ(c.configured_numbers(), (std::vector{account_no{2}, account_no{1}}));
    EXPECT_EQ(c.number_of("gone"), account_no{3});
    EXPECT_EQ(c.number_of("never seen"), std::nullopt);
}

TEST(Configuration, TellsAnAccountOfTheLedgerFromAConfiguredOne) {
    configuration c(with_accounts({"a"}));
    c.add_numbers(known({{"a", 1}, {"gone", 3}}));
    ASSERT_NE(c.configured(account_no{1}), nullptr);
    EXPECT_EQ(c.configured(account_no{1})->id, "a");
    EXPECT_EQ(c.configured(account_no{3}), nullptr);
    EXPECT_TRUE(c.is_configured("a"));
    EXPECT_FALSE(c.is_configured("gone"));
}

TEST(Configuration, ReplacesSettingsAndNumbersTogether) {
    configuration c(with_accounts({"a", "b"}));
    c.add_numbers(known({{"a", 1}, {"b", 2}}));
    auto const before = c.replace(with_accounts({"b", "c"}), known({{"a", 1}, {"b", 2}, {"c", 3}}));
    EXPECT_EQ(before.accounts.size(), 2u);
    EXPECT_EQ(c.configured_numbers(), (std::vector{account_no{2}, account_no{3}}));
    EXPECT_EQ(c.number_of("a"), account_no{1}) << "its events still wait under this number";
    EXPECT_EQ(c.configured(account_no{1}), nullptr);
}

}  // namespace
}  // namespace setclick::daemon
