// The identity of an event without event_id: equal for every spelling of the same content,
// different for any change.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

std::string key_of(std::string_view text, rules r = one_account()) {
    reader reads{std::move(r)};
    auto const& out = reads.read(text, test_now);
    if (!out.accepted) return "refused: " + findings_text(out.findings);
    std::string hex;
    for (auto const b : out.content) {
        char buffer[4];
        std::snprintf(buffer, sizeof buffer, "%02x", std::to_integer<unsigned>(b));
        hex += buffer;
    }
    return hex;
}

constexpr std::string_view base =
    R"({"account_id":"60a52f6ac660b269d13c3f53","click_time":1634707888000,"url_parameters":{"utm_medium":"m","utm_source":"s"},"settings":{"email":"é@x","value":10,"list":[1,2]},"referrer":"https://a/","current_url":"https://b/","lead":{"label":"call"},"microconversion":true})";

/// `base` with one place changed.
std::string changed(std::string_view from, std::string_view to) {
    std::string out{base};
    auto const at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    out.replace(at, from.size(), to);
    return out;
}

TEST(content_key, begins_with_the_click_time) {
    EXPECT_EQ(key_of(base).substr(0, 12), "017c9c2ed780");
}

TEST(content_key, never_changes_between_versions) {
    // Ledgers keep these for 400 days: another value here means that every event counts as new
    // once.
    EXPECT_EQ(key_of(base), "017c9c2ed780740dba142703993e095b");
    EXPECT_EQ(key_of(event_with()), "017c9c2ed780e8b55425addbcfd165da");
}

TEST(content_key, is_equal_for_every_spelling) {
    auto const want = key_of(base);
    std::string const spellings[] = {
        changed(R"("account_id":"60a52f6ac660b269d13c3f53",)", ""),
        changed("1634707888000", "1634707888"),
        changed("1634707888000", "1.634707888e12"),
        changed("1634707888000", "\"2021-10-20T05:31:28Z\""),
        changed("1634707888000", "\"2021-10-20 07:31:28.000+02:00\""),
        changed(R"("utm_medium":"m","utm_source":"s")", R"("utm_source":"s","utm_medium":"m")"),
        changed("é@x", R"(\u00e9@x)"),
        changed("é@x", R"(\u00E9\u0040x)"),
        changed("https://a/", R"(https:\/\/a\/)"),
        changed("\"value\":10", "\"value\":1e1"),
        changed("\"value\":10", "\"value\":10.00"),
        changed("\"value\":10", "\"value\":1000E-2"),
        changed("\"value\":10", "\"value\":0.1e+2"),
        changed(R"("value":10,"list":[1,2])", R"("list":[ 1 ,2 ], "value" : 10)"),
        changed("\"value\"", "\"v\\u0061lue\""),
        changed("{\"account_id\"", R"({"event_id":"anything","account_id")"),
    };
    for (auto const& text : spellings)
        EXPECT_EQ(key_of(text), want) << text;
    EXPECT_EQ(key_of(base, {{std::string(account), "other"}}), want);
    for (auto const mode : {lead_mode::settings, lead_mode::both})
        EXPECT_EQ(key_of(base, {{std::string(account)}, 16, mode}), want);
}

TEST(content_key, flag_left_out_equals_false) {
    EXPECT_EQ(key_of(changed(",\"microconversion\":true", "")), key_of(changed(":true", ":false")));
}

TEST(content_key, zero_is_one_number_whatever_its_sign) {
    auto const with = [](char const* number) {
        return key_of(event_with_settings(std::string("{\"v\":") + number + "}"));
    };
    EXPECT_EQ(with("0"), with("-0"));
    EXPECT_EQ(with("0"), with("0.000e5"));
    EXPECT_NE(with("0"), with("1"));
    EXPECT_NE(with("1"), with("-1"));
}

TEST(content_key, differs_for_every_change) {
    std::map<std::string, std::string> seen{{key_of(base), std::string(base)}};
    std::string const changes[] = {
        changed("1634707888000", "1634707888001"),
        changed("\"m\"", "\"n\""),
        changed("utm_medium", "utm_mediun"),
        changed("\"utm_source\":\"s\"", "\"utm_source\":\"s\",\"utm_term\":\"\""),
        changed(R"("utm_medium":"m","utm_source":"s")", R"("utm_medium":"s","utm_source":"m")"),
        changed("é@x", "e\u0301@x"),
        changed("\"value\":10", "\"value\":11"),
        changed("\"value\":10", "\"value\":100"),
        changed("\"value\":10", "\"value\":-10"),
        changed("\"value\":10", "\"value\":\"10\""),
        changed("\"value\":10", "\"value\":10.0000000000000000000000001"),
        changed("\"value\":10", "\"value\":true"),
        changed("\"value\":10", "\"value\":null"),
        changed("\"value\":10", "\"value\":false"),
        changed("\"value\":10", "\"value\":[10]"),
        changed("\"value\":10", "\"value\":{}"),
        changed("\"value\":10", "\"value\":[]"),
        changed(",\"value\":10", ""),
        changed("[1,2]", "[2,1]"),
        changed("[1,2]", "[1,2,2]"),
        changed("[1,2]", "[[1,2]]"),
        changed("[1,2]", "[[1],2]"),
        changed("[1,2]", "[1]"),
        changed("\"https://a/\"", "\"https://a\""),
        changed(R"("referrer":"https://a/",)", ""),
        changed(R"("current_url":"https://b/",)", ""),
        changed(R"("referrer":"https://a/","current_url":"https://b/")",
                R"("referrer":"https://b/","current_url":"https://a/")"),
        changed("call", "Call"),
        changed(R"("lead":{"label":"call"},)", ""),
        changed(R"({"label":"call"})", "{}"),
        changed(":true", ":false"),
    };
    for (auto const& text : changes) {
        auto const key = key_of(text);
        EXPECT_EQ(key.find("refused"), std::string::npos) << key << text;
        EXPECT_TRUE(seen.emplace(key, text).second) << text << "\n has the key of\n" << seen[key];
    }
    EXPECT_TRUE(
        seen.emplace(key_of(changed("60a52f6ac660b269d13c3f53", "other"), {{"other"}}), "account")
            .second);
}

TEST(content_key, has_no_collision_among_many_similar_events) {
    std::map<std::string, int> seen;
    for (int i = 0; i < 50'000; ++i) {
        auto const key = key_of(
            event_with_settings("{\"email\":\"user" + std::to_string(i) + "@example.com\"}"));
        EXPECT_TRUE(seen.emplace(key, i).second) << i << " and " << seen[key];
    }
}

}  // namespace
}  // namespace setclick::event
