#include "setclickd/event/reader.hpp"

#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

TEST(reader, vendors_example_is_accepted_with_every_field) {
    reader reads{one_account()};
    auto const& out = reads.read(
        R"({"event_id":"crm-8841","account_id":"60a52f6ac660b269d13c3f53","click_time":1634707888000,
            "url_parameters":{"utm_medium":"my-medium-01","utm_source":"my-source-01"},
            "settings":{"email":"user@example.com"},
            "referrer":"https://facebook.com/","current_url":"https://sealmetrics.com/","microconversion":true})",
        test_now);
    ASSERT_TRUE(out.accepted) << findings_text(out.findings);
    EXPECT_TRUE(out.warnings.empty()) << findings_text(out.warnings);
    EXPECT_EQ(out.value.account_id, account);
    EXPECT_EQ(out.value.event_id, "crm-8841");
    EXPECT_EQ(out.value.click_time, 1634707888000);
    EXPECT_EQ(out.value.url_parameters,
              R"({"utm_medium":"my-medium-01","utm_source":"my-source-01"})");
    EXPECT_EQ(out.value.settings, R"({"email":"user@example.com"})");
    EXPECT_EQ(out.value.referrer, R"("https://facebook.com/")");
    EXPECT_EQ(out.value.current_url, R"("https://sealmetrics.com/")");
    EXPECT_EQ(out.value.lead, "");
    EXPECT_TRUE(out.value.microconversion);
    EXPECT_EQ(out.account, 0U);
}

TEST(reader, optional_fields_left_out_are_absent) {
    reader reads{one_account()};
    auto const& out = reads.read(event_with(), test_now);
    ASSERT_TRUE(out.accepted) << findings_text(out.findings);
    EXPECT_EQ(out.value.account_id, account);
    EXPECT_EQ(out.value.event_id, "");
    EXPECT_EQ(out.value.referrer, "");
    EXPECT_FALSE(out.value.microconversion);
}

TEST(reader, account_among_several_is_found_by_its_index) {
    reader reads{{{"zeta", "alpha", "mike"}}};
    EXPECT_EQ(reads.read(event_with(R"("account_id":"alpha")"), test_now).account, 1U);
    EXPECT_EQ(reads.read(event_with(R"("account_id":"zeta")"), test_now).account, 0U);
    EXPECT_EQ(reads.read(event_with(R"("account_id":"mik\u0065")"), test_now).account, 2U);
}

TEST(reader, account_left_out_beside_several_is_a_finding) {
    EXPECT_EQ(findings_of(event_with(), {{"a", "b"}}),
              "account_id: is missing; it may be left out only where one account is configured, "
              "here are 2");
    EXPECT_EQ(findings_of(event_with(), {{}}),
              "account_id: is missing, and no account is configured");
}

TEST(reader, account_left_out_is_the_one_that_is_configured_whatever_others_have) {
    rules with;
    with.accounts = {"own", "of-b", "of-c"};
    with.others = 2;
    reader reads{with};
    EXPECT_EQ(reads.read(event_with(), test_now).account, 0U);
    EXPECT_EQ(reads.read(event_with(R"("account_id":"of-c")"), test_now).account, 2U);
    with.others = 1;
    EXPECT_EQ(findings_of(event_with(), with),
              "account_id: is missing; it may be left out only where one account is configured, "
              "here are 2");
    with.others = 3;
    EXPECT_EQ(findings_of(event_with(), with),
              "account_id: is missing, and no account is configured");
}

TEST(reader, refused_line_still_names_its_account) {
    reader reads{{{"a", "b"}}};
    auto const& out = reads.read(R"({"account_id":"b","click_time":1})", test_now);
    EXPECT_FALSE(out.accepted);
    EXPECT_EQ(out.account, 1U);
    EXPECT_EQ(out.value.account_id, "b");
    auto const& cut = reads.read(R"({"account_id":"a","click_ti)", test_now);
    EXPECT_FALSE(cut.accepted);
    EXPECT_EQ(cut.account, 0U);
}

TEST(reader, findings_before_a_syntax_error_are_reported_with_it) {
    EXPECT_EQ(findings_of(R"({"account_id":"nobody","referrer":5,)"),
              "referrer: must be a string, is a number; ends before its JSON does, after byte 36; "
              "is it cut off?; "
              "account_id: \"nobody\" is not a configured account");
}

TEST(reader, first_line_of_an_event_over_several_is_told_where_such_events_belong) {
    EXPECT_TRUE(findings_of("{ ").starts_with(
        "ends before its JSON does: an event over several lines belongs into a file named .json"))
        << findings_of("{ ");
}

TEST(reader, event_after_a_bad_one_is_read_afresh) {
    reader reads{one_account()};
    EXPECT_FALSE(reads.read(R"({"click_time":true,"lead":{"a":{"b)", test_now).accepted);
    EXPECT_FALSE(reads.read(event_with(R"("event_id":"x","lead":{},"microconversion":1)"), test_now)
                     .accepted);
    auto const& out = reads.read(event_with(), test_now);
    EXPECT_TRUE(out.accepted) << findings_text(out.findings);
    EXPECT_EQ(out.value.event_id, "");
    EXPECT_EQ(out.value.lead, "");
    EXPECT_TRUE(out.findings.empty());
}

TEST(reader, no_message_shows_a_value_of_settings_or_an_address) {
    // Each of these fails in another way inside or behind the canary.
    for (auto const* text : {
             R"({"settings":{"email":"canary@example.com","phone":"canary})",
             R"({"settings":{"email":"canary@example.com" "x"}})",
             R"({"settings":{"email":"canary\q"}})",
             R"({"settings":"canary@example.com"})",
             R"({"settings":["canary"],"lead":"canary"})",
             R"({"settings":{"canary@example.com":1,"canary@example.com":2}})",
             R"({"canary@example.com":1})",
             R"({"settings":{"email":canary}})",
             R"({"settings":{"a":"canary\u0000"}})",
             R"({"click_time":"canary@example.com"})",
             R"({"account_id":"canary@example.com"})",
             R"({"account_id":"canary%40example.com"})",
         }) {
        auto const message = findings_of(text);
        EXPECT_NE(message, "");
        EXPECT_EQ(message.find("canary"), std::string::npos) << message;
        EXPECT_EQ(message.find('@'), std::string::npos) << message;
    }
}

TEST(reader, referrer_without_current_url_is_a_warning_only) {
    EXPECT_EQ(findings_of(event_with(R"("referrer":"https://a/")")), "");
    EXPECT_EQ(warnings_of(event_with(R"("referrer":"https://a/")")),
              "current_url: is missing beside referrer; the vendor may want both");
    EXPECT_EQ(warnings_of(event_with(R"("current_url":"https://a/")")), "");
}

TEST(reader, parameters_that_are_all_empty_are_a_warning_only) {
    EXPECT_EQ(
        warnings_of(
            R"({"click_time":1634707888000,"url_parameters":{"utm_source":"","gclid":"x"},"settings":{}})"),
        "url_parameters: all utm_ parameters are empty");
}

TEST(reader, lead_with_its_own_flag_beside_the_events_is_a_finding_whatever_they_say) {
    auto const own = R"("lead":{"microconversion":"1"})";
    EXPECT_EQ(findings_of(event_with(own)), "");
    for (auto const* flag : {"true", "false"})
        EXPECT_EQ(findings_of(event_with(std::string(own) + R"(,"microconversion":)" + flag)),
                  "lead: has its own microconversion beside the event's; keep one of them");
    EXPECT_NE(
        findings_of(event_with(R"("lead":{"micro\u0063onversion":"1"},"microconversion":true)")),
        "");
}

TEST(reader, members_that_merge_into_settings_must_not_clash) {
    struct {
        char const* members;
        bool clashes;
    } const table[] = {
        {R"("lead":{"label":"x"})", false},
        {R"("lead":{"email":"x"})", true},
        {R"("lead":{"em\u0061il":"x"})", true},
        {R"("lead":{"deep":{"email":"x"}})", false},
    };
    for (auto const& row : table) {
        auto const text = event_with(row.members);
        EXPECT_EQ(findings_of(text), "") << text;
        for (auto const mode : {lead_mode::settings, lead_mode::both})
            EXPECT_EQ(findings_of(text, {{std::string(account)}, 16, mode}) != "", row.clashes)
                << text;
    }
    auto const flagged = R"({"click_time":1634707888000,"url_parameters":{"utm_source":"s"},
                             "settings":{"microconversion":"1"},"microconversion":true})";
    EXPECT_EQ(findings_of(flagged), "");
    EXPECT_EQ(findings_of(flagged, {{std::string(account)}, 16, lead_mode::settings}),
              "settings: has the member microconversion that comes from lead too, and both go into "
              "settings "
              "(dialect.lead)");
}

TEST(reader, nesting_is_allowed_up_to_the_limit_and_not_beyond) {
    // The event and its settings are two levels.
    auto const nested = [](std::size_t arrays) {
        return event_with_settings(R"({"a":)" + std::string(arrays, '[') +
                                   std::string(arrays, ']') + "}");
    };
    EXPECT_EQ(findings_of(nested(14)), "");
    EXPECT_NE(findings_of(nested(15)).find("nested deeper than 16 levels"), std::string::npos);
    EXPECT_EQ(findings_of(nested(30), {{std::string(account)}, 32}), "");
    EXPECT_NE(findings_of(nested(31), {{std::string(account)}, 32}), "");
}

TEST(reader, depth_bomb_is_a_finding) {
    EXPECT_NE(findings_of(R"({"settings":)" + std::string(1'000'000, '[')).find("nested deeper"),
              std::string::npos);
}

TEST(reader, numbers_at_the_edge_of_a_double_are_accepted_and_beyond_it_found) {
    struct {
        char const* number;
        bool fits;
    } const table[] = {
        {"1.7976931348623157e308", true},
        {"1.7976931348623159e308", false},
        {"-1e309", false},
        {"4.9e-324", true},
        {"1e-324", false},
        {"0e400", true},
        {"0.0e-999999", true},
        {"18446744073709551616", true},
        {"123456789012345678901234567890", true},
        {"1e-307", true},
        {"-0", true},
    };
    for (auto const& row : table)
        EXPECT_EQ(
            findings_of(event_with_settings(std::string(R"({"v":)") + row.number + "}")) == "",
            row.fits)
            << row.number;
    EXPECT_NE(findings_of(event_with_settings(R"({"v":1)" + std::string(400, '0') + "}")), "");
    EXPECT_EQ(findings_of(event_with_settings(R"({"v":0.)" + std::string(400, '1') + "}")), "");
}

TEST(reader, line_with_endless_findings_reports_some_and_counts_the_rest) {
    std::string parameters = R"({"utm_source":"s")";
    for (int i = 0; i < 1000; ++i)
        parameters += ",\"p" + std::to_string(i) + "\":1";
    reader reads{one_account()};
    auto const& out = reads.read(
        R"({"click_time":1634707888,"settings":{},"url_parameters":)" + parameters + "}}",
        test_now);
    ASSERT_FALSE(out.accepted);
    EXPECT_EQ(out.findings.size(), 65U);
    EXPECT_EQ(out.findings.back().message, "and 936 more");
}

TEST(reader, findings_text_is_bounded_and_says_how_many_are_left_out) {
    std::vector<finding> const findings(100, {"settings.a_rather_long_name", "appears twice"});
    auto const text = findings_text(findings, 200);
    EXPECT_LT(text.size(), 240U);
    EXPECT_NE(text.find("; and 96 more"), std::string::npos) << text;
}

TEST(reader, every_truncation_of_a_good_event_is_refused) {
    auto const text = event_with(
        R"("referrer":"\u00e9\ud83d\ude00\n","lead":{"a":[1.5e3,-0,true,null]},"microconversion":false,"event_id":"é")");
    ASSERT_EQ(findings_of(text), "");
    for (std::size_t n = 0; n < text.size(); ++n) {
        // A copy of the exact size, so that a sanitizer sees every read beyond it.
        std::vector<char> const cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_NE(findings_of({cut.data(), cut.size()}), "") << n;
    }
}

TEST(reader, random_damage_never_crashes_and_never_passes_invalid_text) {
    std::mt19937 random{20261122};
    auto const original = event_with(
        R"("referrer":"a\u00e9\ud83d\ude00\n","lead":{"a":[1.5e3,-0,true,null,{"b":"c"}]},"event_id":"é€😀")");
    reader reads{one_account()};
    int accepted = 0;
    for (int round = 0; round < 40'000; ++round) {
        auto text = original;
        for (auto n = random() % 3 + 1; n > 0; --n) {
            auto const at = random() % text.size();
            switch (random() % 4) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, random() % 4);
                    break;
                case 2:
                    text.insert(at, 1, static_cast<char>(random()));
                    break;
                default:
                    text[at] = std::string_view("\"\\{}[]:,u0e-.")[random() % 13];
                    break;
            }
        }
        std::vector<char> const exact(text.begin(), text.end());
        auto const& out = reads.read({exact.data(), exact.size()}, test_now);
        EXPECT_EQ(out.accepted, out.findings.empty());
        if (!out.accepted) continue;
        ++accepted;
        for (auto const part :
             {out.value.settings, out.value.lead, out.value.referrer, out.value.url_parameters})
            EXPECT_EQ(part.find_first_of(std::string_view("\n\0\r\t", 4)), std::string_view::npos)
                << text;
    }
    EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace setclick::event
