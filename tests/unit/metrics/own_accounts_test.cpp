#include "setclickd/metrics/own_accounts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace setclick::metrics {
namespace {

using status_model::status_report;

status_report configured(std::initializer_list<std::string> ids) {
    status_report r;
    for (auto const& id : ids) {
        auto& a = r.accounts.emplace_back();
        a.id = id;
        a.place = r.accounts.size() - 1;
    }
    return r;
}

TEST(own_accounts, the_first_of_the_configuration_whatever_the_ledgers_order) {
    auto report = configured({"c", "a", "b"});
    std::ranges::reverse(report.accounts);
    own_accounts own;
    own.see(report, 2);
    EXPECT_TRUE(own.has("c"));
    EXPECT_TRUE(own.has("a"));
    EXPECT_FALSE(own.has("b"));
    EXPECT_FALSE(own.has("nobody"));
}

TEST(own_accounts, stay_what_they_were_for_the_processs_life) {
    own_accounts own;
    own.see(configured({"a", "b", "c"}), 2);
    own.see(configured({"c", "d"}), 2);  // a reload took two away and brought one
    EXPECT_TRUE(own.has("a"));
    EXPECT_FALSE(own.has("c")) << "what was counted under \"other\" would be missing there";
    EXPECT_FALSE(own.has("d"));
}

TEST(own_accounts, one_that_a_reload_brings_gets_its_own_where_there_is_room) {
    own_accounts own;
    own.see(configured({"a"}), 2);
    own.see(configured({"a", "b", "c"}), 2);
    EXPECT_TRUE(own.has("b"));
    EXPECT_FALSE(own.has("c"));
    own.see(configured({"a", "b", "c", "d"}), 3);
    EXPECT_FALSE(own.has("c"));
    EXPECT_TRUE(own.has("d"));
}

TEST(own_accounts, one_that_only_the_ledger_knows_is_another) {
    auto report = configured({"a"});
    report.accounts.emplace_back().id = "gone";
    own_accounts own;
    own.see(report, 100);
    EXPECT_FALSE(own.has("gone"));
    report.accounts.back().place = 1;  // configured again
    own.see(report, 100);
    EXPECT_FALSE(own.has("gone"));
}

TEST(own_accounts, one_that_is_called_other_is_one_of_the_others) {
    own_accounts own;
    own.see(configured({"other", "a"}), 1);
    EXPECT_FALSE(own.has("other"));
    EXPECT_TRUE(own.has("a"));
}

TEST(own_accounts, none_at_all) {
    own_accounts own;
    own.see(configured({"a"}), 0);
    EXPECT_FALSE(own.has("a"));
}

}  // namespace
}  // namespace setclick::metrics
