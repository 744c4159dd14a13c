#include "sandbox/microconversion.hpp"

#include <gtest/gtest.h>

#include "sandbox/date_range.hpp"

namespace setclick::sandbox {
namespace {

constexpr auto now = from_ms(1'750'000'000'000);  // 2025-06-15 15:06:40

std::optional<conversion> read(char const* text, conversion_rules const& rules = {}) {
    form f;
    f.decode(text);
    return read_microconversion(f, rules, now);
}

TEST(read_microconversion, only_the_flag_makes_a_row) {
    struct {
        char const* text;
        bool expected;
    } const cases[] = {
        {R"(lead={"microconversion":"1"})", true},
        {R"(lead={"microconversion":1})", true},
        {R"(lead={"microconversion":true})", true},
        {R"(settings={"email":"x","microconversion":"1"})", true},
        {R"(lead={"microconversion":"0"})", false},
        {R"(lead={"microconversion":false})", false},
        {R"(lead={"note":"microconversion"})", false},
        {R"(lead=microconversion)", false},
        {R"(lead={"microconversion":"1")", false},
        {R"(settings={"email":"x"})", false},
        {"", false},
    };
    for (auto const& c : cases)
        EXPECT_EQ(read(c.text).has_value(), c.expected) << c.text;
}

TEST(read_microconversion, the_fields_come_from_where_the_vendor_has_them) {
    auto const row = read(
        R"(account_id=A&click_time=1634707888000&url_parameters={"utm_source":"s","utm_medium":"m","utm_term":"t"})"
        R"(&settings={"country":"fr"}&lead={"microconversion":"1","label":"call","country":"ES"})");
    ASSERT_TRUE(row);
    EXPECT_EQ(row->account, "A");
    EXPECT_EQ(day_text(row->day), "2021-10-20");
    EXPECT_EQ(row->utm_source, "s");
    EXPECT_EQ(row->utm_medium, "m");
    EXPECT_EQ(row->utm_term, "t");
    EXPECT_EQ(row->utm_campaign, std::nullopt);
    EXPECT_EQ(row->label, "call");
    EXPECT_EQ(row->country, "ES");
    EXPECT_EQ(row->country_name, "Spain");
}

TEST(read_microconversion, day_follows_unit_offset_and_switch) {
    auto const day = [](char const* click_time, conversion_rules const& rules) {
        auto const text = std::string(R"(lead={"microconversion":"1"}&click_time=)") + click_time;
        return day_text(read(text.c_str(), rules)->day);
    };
    conversion_rules automatic;
    EXPECT_EQ(day("1634707888", automatic), "2021-10-20");
    EXPECT_EQ(day("1634707888000", automatic), "2021-10-20");
    EXPECT_EQ(day("1634707888", {.unit = click_unit::ms, .label_name = "label"}), "1970-01-19");
    EXPECT_EQ(day("1634707888", {.unit = click_unit::s, .label_name = "label"}), "2021-10-20");
    conversion_rules ahead;
    ahead.utc_offset = std::chrono::minutes{21 * 60};
    EXPECT_EQ(day("1634707888", ahead), "2021-10-21");
    conversion_rules delivery;
    delivery.day = row_day::delivery;
    EXPECT_EQ(day("1634707888", delivery), "2025-06-15");
    // What is no time at all counts as now.
    EXPECT_EQ(day("soon", automatic), "2025-06-15");
    EXPECT_EQ(day("99999999999999999999", automatic), "2025-06-15");
    EXPECT_EQ(day("-1", automatic), "2025-06-15");
}

TEST(set_label_field, lead_and_settings_only) {
    conversion_rules rules;
    EXPECT_TRUE(set_label_field(rules, "settings.kind"));
    auto const row =
        read(R"(lead={"microconversion":"1","kind":"a"}&settings={"kind":"b"})", rules);
    EXPECT_EQ(row->label, "b");
    EXPECT_FALSE(set_label_field(rules, "label"));
    EXPECT_FALSE(set_label_field(rules, "lead."));
    EXPECT_FALSE(set_label_field(rules, "url_parameters.label"));
}

}  // namespace
}  // namespace setclick::sandbox
