#include "settings/keys.hpp"

#include <gtest/gtest.h>

#include <set>

#include "setclickd/settings/load.hpp"

namespace setclick::settings {
namespace {

std::string full_name(key const& k) {
    return std::string(k.table) + "." + std::string(k.name);
}

TEST(settings_keys, every_key_stands_once_in_a_known_table_with_a_text) {
    std::set<std::string> seen;
    for (auto const& k : keys()) {
        EXPECT_TRUE(seen.insert(full_name(k)).second) << full_name(k);
        EXPECT_FALSE(k.text.empty()) << full_name(k);
        EXPECT_EQ(find_key(k.table, k.name), &k);
        bool known = false;
        for (auto const& t : tables())
            known = known || t.name == k.table;
        EXPECT_TRUE(known) << full_name(k);
    }
}

TEST(settings_keys, every_key_has_a_member_of_its_own) {
    settings all;
    account_settings account;
    account.login.emplace();
    std::set<void const*> members;
    for (auto const& k : keys()) {
        auto const to = k.where(all, account);
        auto const* at = std::visit(
            [](auto const& t) -> void const* {
                if constexpr (std::is_same_v<std::decay_t<decltype(t)>, choice_ref>)
                    return t.at;
                else
                    return t;
            },
            to);
        EXPECT_TRUE(members.insert(at).second) << full_name(k);
    }
}

TEST(settings_keys, every_default_is_within_its_own_range) {
    for (auto const& k : keys()) {
        settings all;
        account_settings account;
        auto const to = k.where(all, account);
        auto const text = value_text(k, to);
        if (text == "\"\"" || text == "[]") continue;
        // What the reference prints is read back by the loader: without a finding, and as the same
        // value.
        auto const table_head =
            k.table == "account" ? std::string("[[account]]") : "[" + std::string(k.table) + "]";
        auto const l =
            load_text(table_head + "\n" + std::string(k.name) + " = " + text + "\n", "f", {});
        for (auto const& f : l.findings)
            EXPECT_NE(f.key, k.who == standing::no_effect_yet ? "" : full_name(k)) << to_text(f);
        auto again = l.values;
        if (again.accounts.empty()) again.accounts.emplace_back();
        EXPECT_EQ(value_text(k, k.where(again, again.accounts[0])), text) << full_name(k);
    }
}

TEST(settings_keys, every_key_of_the_documented_face_exists) {
    struct {
        std::string_view table, names;
    } const face[] = {
        {"spool", "dir settle scan_every max_line max_file "},
        {"ledger", "path "},
        {"endpoint",
         "base_url ca_file proxy rate_per_minute set_click_path report_path login_path "
         "accounts_path "},
        {"delivery", "connections threads drain_timeout "},
        {"dialect", "click_time_unit url_style lead label referrer_field warn_older "},
        {"dedupe", "key window "},
        {"retry", "max_age max_in_doubt "},
        {"report", "share "},
        {"reconcile", "labels day delay time_zone every "},
        {"metrics", "listen hosts password_file accounts "},
        {"account", "id token_file rate_per_minute burst in_doubt in_doubt_statuses "},
        {"account.login", "email password_file "},
    };
    for (auto const& [table_name, names] : face)
        for (auto rest = names; !rest.empty();) {
            auto const cut = rest.find(' ');
            EXPECT_NE(find_key(table_name, rest.substr(0, cut)), nullptr)
                << table_name << "." << rest.substr(0, cut);
            rest.remove_prefix(cut + 1);
        }
}

}  // namespace
}  // namespace setclick::settings
