#include "setclickd/csv/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapped.hpp"
#include "setclickd/event/record.hpp"

namespace setclick::csv {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

cells const own_header{"event_id", "click_time", "utm_source", "utm_medium", "email"};

table own(std::vector<cells> rows) {
    table t;
    t.header = own_header;
    t.rows = std::move(rows);
    return t;
}

profile google_with_utms() {
    auto p = derived_from(*profiles().named("google-ads"));
    p.name = "our-google";
    set_fixed(p, {"url_parameters.utm_source", "google", true});
    set_fixed(p, {"url_parameters.utm_medium", "cpc", true});
    return p;
}

table google(std::vector<cells> rows) {
    table t;
    t.own = {google_with_utms()};
    t.header = {"Google Click ID", "Conversion Name", "Conversion Time", "Conversion Value",
                "Conversion Currency"};
    t.rows = std::move(rows);
    return t;
}

TEST(mapping, a_row_becomes_the_event_that_its_columns_name) {
    auto const m = map(own({{"r1", "2021-10-20T05:31:28Z", "google", "cpc", "user@example.com"}}));
    EXPECT_EQ(m.refusal, "");
    EXPECT_EQ(m.profile, "setclickd");
    EXPECT_EQ(m.why, "by its columns");
    EXPECT_EQ(m.rows.at(0), R"({"event_id":"r1","click_time":1634707888000,)"
                            R"("url_parameters":{"utm_source":"google","utm_medium":"cpc"},)"
                            R"("settings":{"email":"user@example.com"}})");
    EXPECT_EQ(m.notes.at(0), "");
    EXPECT_TRUE(m.warnings.empty());
}

TEST(mapping, every_field_of_an_event_has_a_column) {
    table t;
    t.header = {"account_id",           "event_id",        "Click Time",    "UTM Source",
                "url_parameters.gclid", "email",           "settings.Plan", "referrer",
                "current_url",          "microconversion", "label",         "lead.amount"};
    t.rows = {{"60a52f6ac660b269d13c3f53", "r1", "20/10/2021 07:31:28", "google", "abc",
               "a@example.com", "Gold", "https://facebook.com/", "https://sealmetrics.com/",
               "VERDADERO", "call", "1.234,50 \u20AC"},
              {"", "", "2021-10-20 07:31:28", "x", "", "", "", "", "", "", "", ""}};
    auto const m = map(t);
    EXPECT_EQ(m.refusal, "");
    EXPECT_EQ(
        m.rows.at(0),
        R"({"event_id":"r1","account_id":"60a52f6ac660b269d13c3f53","click_time":1634707888000,)"
        R"("url_parameters":{"utm_source":"google","gclid":"abc"},)"
        R"("settings":{"email":"a@example.com","Plan":"Gold"},"referrer":"https://facebook.com/",)"
        R"("current_url":"https://sealmetrics.com/","microconversion":true,)"
        R"("lead":{"label":"call","amount":1234.50}})");
    // An empty cell is a member that is not there.
    EXPECT_EQ(m.rows.at(1),
              R"({"click_time":1634707888000,"url_parameters":{"utm_source":"x"},"settings":{}})");
}

TEST(mapping, what_comes_out_is_what_the_event_reader_takes) {
    auto const m = map(own({{"r\"1\\", "2021-10-20 07:31:28",
                             "a\nb\tc\x01"
                             "d",
                             "=\"x\"\"y\"", "{}[],:"}}));
    event::reader reader({{"60a52f6ac660b269d13c3f53"}});
    auto const& read = reader.read(m.rows.at(0), from_ms(1'700'000'000'000));
    EXPECT_TRUE(read.accepted) << event::findings_text(read.findings) << m.rows.at(0);
    EXPECT_EQ(read.value.event_id, "r\"1\\");
    EXPECT_EQ(read.value.url_parameters, R"({"utm_source":"a\nb\tc\u0001d","utm_medium":"x\"y"})");
    EXPECT_EQ(read.value.settings, R"({"email":"{}[],:"})");
}

TEST(mapping, two_platforms_templates_arrive_as_the_same_event) {
    auto const m = map(google({{"Cj0K", "lead", "2021-10-20 07:31:28", "198.09", "EUR"},
                               {" Cj0K ", "lead", "2021-10-20 07:31:28+0200", "", "EUR"},
                               {"", "lead", "2021-10-20 07:31:28", "10", "EUR"}}));
    EXPECT_EQ(m.refusal, "");
    EXPECT_EQ(m.profile, "our-google");
    EXPECT_EQ(
        m.rows.at(0),
        R"({"click_time":1634707888000,"url_parameters":{"gclid":"Cj0K","utm_source":"google",)"
        R"("utm_medium":"cpc"},"settings":{},"lead":{"label":"lead","amount":198.09,)"
        R"("currency":"EUR"}})");
    EXPECT_THAT(m.rows.at(1), HasSubstr(R"("gclid":"Cj0K")"));
    EXPECT_THAT(m.rows.at(2), StartsWith("refused: column \"Google Click ID\""));
    ASSERT_EQ(m.warnings.size(), 2U);
    EXPECT_THAT(m.warnings[0], HasSubstr("not that of the click"));
    EXPECT_THAT(m.warnings[1], HasSubstr("event_id"));
}

TEST(mapping, without_utms_the_file_is_refused_once_and_told_what_to_write) {
    auto t = google({{"Cj0K", "lead", "2021-10-20 07:31:28", "", ""}});
    t.own.clear();
    auto const m = map(t);
    EXPECT_THAT(m.refusal, HasSubstr("no UTM parameter"));
    EXPECT_THAT(m.refusal, HasSubstr("like = \"google-ads\""));
    // Columns of the file are enough.
    t.header.push_back("utm_source");
    t.rows[0].push_back("google");
    EXPECT_EQ(map(t).refusal, "");
    EXPECT_EQ(map(t).profile, "google-ads");
}

TEST(mapping, the_zone_is_the_rows_then_the_files_then_the_profiles_then_the_accounts) {
    auto t = google({{"a", "l", "2021-10-20 07:31:28", "", ""},
                     {"a", "l", "2021-10-20 07:31:28+00:00", "", ""}});
    auto const ms = [](table const& of) {
        auto const m = map(of);
        return m.refusal + m.rows.at(0).substr(1, 26) + m.rows.at(1).substr(1, 26);
    };
    EXPECT_EQ(ms(t), "\"click_time\":1634707888000\"click_time\":1634715088000");
    t.own[0].time_zone = "America/New_York";
    EXPECT_EQ(ms(t), "\"click_time\":1634729488000\"click_time\":1634715088000");
    t.parameters = {{"TimeZone", "+0100"}};
    EXPECT_EQ(ms(t), "\"click_time\":1634711488000\"click_time\":1634715088000");
    t.parameters = {{"TimeZone", "Mars/Olympus"}};
    EXPECT_THAT(map(t).refusal, HasSubstr("Mars/Olympus"));
}

TEST(mapping, without_any_zone_the_file_is_refused_once_and_a_row_with_an_offset_goes_its_way) {
    auto t = google(
        {{"a", "l", "2021-10-20 07:31:28", "", ""}, {"a", "l", "2021-10-20 08:31:28", "", ""}});
    t.accounts = {{"60a52f6ac660b269d13c3f53", ""}};
    EXPECT_THAT(map(t).refusal, HasSubstr("no time zone (the first in line 2)"));
    t.rows.push_back({"a", "l", "2021-10-20 07:31:28Z", "", ""});
    auto const m = map(t);
    EXPECT_EQ(m.refusal, "");
    EXPECT_THAT(
        m.rows.at(0),
        StartsWith(
            "refused: column \"Conversion Time\": \"2021-10-20 07:31:28\" has no time zone"));
    EXPECT_THAT(m.rows.at(2), HasSubstr("1634715088000"));
}

TEST(mapping, an_accounts_column_chooses_the_accounts_zone) {
    table t;
    t.accounts = {{"60a52f6ac660b269d13c3f53", "Europe/Madrid"},
                  {"70a52f6ac660b269d13c3f53", "America/New_York"},
                  {"80a52f6ac660b269d13c3f53", ""}};
    t.header = {"account_id", "click_time", "utm_source"};
    t.rows = {{"60a52f6ac660b269d13c3f53", "2021-10-20 07:31:28", "x"},
              {"'70a52f6ac660b269d13c3f53", "2021-10-20 07:31:28", "x"},
              {"80a52f6ac660b269d13c3f53", "2021-10-20 07:31:28", "x"}};
    auto m = map(t);
    EXPECT_THAT(m.rows.at(0), HasSubstr("1634707888000"));
    EXPECT_THAT(m.rows.at(1), HasSubstr("1634729488000"));
    EXPECT_THAT(m.rows.at(2), HasSubstr("has no time zone"));
    t.header[0] = "ignored";
    t.own = {derived_from(*profiles().named("setclickd"))};
    t.own[0].name = "ours";
    t.own[0].ignore = {"ignored"};
    EXPECT_THAT(map(t).refusal, HasSubstr("names no account, and 3 are configured"));
    set_fixed(t.own[0], {"account_id", "70a52f6ac660b269d13c3f53", true});
    m = map(t);
    EXPECT_EQ(m.refusal, "");
    EXPECT_THAT(m.rows.at(0),
                HasSubstr(R"("account_id":"70a52f6ac660b269d13c3f53","click_time":1634729488000)"));
}

TEST(mapping, the_other_rows_decide_the_order_of_a_date) {
    auto const with = [](std::string_view other) {
        return map(own({{"1", "1/2/2021 12:00", "x", "y", ""}, {"2", other, "x", "y", ""}}));
    };
    EXPECT_THAT(with("20/2/2021 12:00").rows.at(0), HasSubstr("1612177200000"));
    EXPECT_THAT(with("2/20/2021 12:00").rows.at(0), HasSubstr("1609585200000"));
    EXPECT_THAT(with("2/20/2021 12:00").decisions.at(0), HasSubstr("month first (line 3)"));
    // The whole file is open: one refusal, with both readings.
    auto const open = with("3/4/2021 12:00");
    EXPECT_THAT(open.refusal,
                HasSubstr("line 2: 1/2/2021 12:00 may be 1 February or 2 January 2021"));
    // A part of it: that row.
    auto const part = with("2021-10-20 12:00");
    EXPECT_EQ(part.refusal, "");
    EXPECT_THAT(part.rows.at(0),
                HasSubstr("1 February or 2 January 2021, and no row of the file decides it"));
    EXPECT_THAT(part.rows.at(1), Not(StartsWith("refused")));
}

TEST(mapping, dates_of_both_orders_leave_only_the_open_ones_out) {
    auto const m = map(own({{"1", "20/10/2021 07:31", "x", "y", ""},
                            {"2", "10/20/2021 7:31 AM", "x", "y", ""},
                            {"3", "1/2/2021 07:31", "x", "y", ""}}));
    EXPECT_EQ(m.refusal, "");
    EXPECT_THAT(m.rows.at(0), HasSubstr("1634707860000"));
    EXPECT_THAT(m.rows.at(1), HasSubstr("1634707860000"));
    EXPECT_THAT(m.rows.at(2), HasSubstr("lines 2 and 3"));
}

TEST(mapping, what_was_decided_holds_for_what_is_appended_later) {
    mapping_rules rules;
    rules.accounts = {{"60a52f6ac660b269d13c3f53", "Europe/Madrid"}};
    mapping_survey survey(rules, "f.csv");
    survey.header(own_header, {});
    survey.row(cells{"1", "20/10/2021 07:31", "x", "y", ""}, 2);
    auto made = mapping::of(rules, own_header, {}, survey.result());
    ASSERT_TRUE(made.has_value());
    mapped_row row;
    made->event_of(cells{"2", "10/20/2021 07:31", "x", "y", ""}, row);
    EXPECT_THAT(made->explain(row.findings),
                HasSubstr("has its month first, and the dates of this file have the day first"));
    made->event_of(cells{"2", "1/2/2021 12:00", "x", "y", ""}, row);
    EXPECT_THAT(row.json, HasSubstr("1612177200000"));
}

TEST(mapping, a_profile_that_says_something_else_than_it_did_is_noticed) {
    mapping_rules rules;
    rules.accounts = {{"60a52f6ac660b269d13c3f53", "Europe/Madrid"}};
    mapping_survey survey(rules, "f.csv");
    survey.header(own_header, {});
    survey.row(cells{"1", "20/10/2021 07:31", "x", "y", ""}, 2);
    auto const same = mapping::of(rules, own_header, {}, survey.result());
    ASSERT_TRUE(same.has_value());
    EXPECT_FALSE(same->has_changed_profile());
    auto other = *rules.known->named("setclickd");
    other.time_zone = "Europe/London";
    rules.known = std::make_shared<profiles const>(std::vector{other});
    auto const changed = mapping::of(rules, own_header, {}, survey.result());
    ASSERT_TRUE(changed.has_value());
    EXPECT_TRUE(changed->has_changed_profile());
}

TEST(mapping, the_other_rows_decide_the_decimal_sign) {
    auto const with = [](std::string_view amount, std::string_view other) {
        return map(google({{"a", "l", "2021-10-20 07:31:28", amount, ""},
                           {"a", "l", "2021-10-20 07:31:28", other, ""}}));
    };
    EXPECT_THAT(with("1.234", "5,50").rows.at(0), HasSubstr("\"amount\":1234}"));
    EXPECT_THAT(with("1.234", "5.50").rows.at(0), HasSubstr("\"amount\":1.234}"));
    EXPECT_THAT(with("1,000", "1,488.69").rows.at(0), HasSubstr("\"amount\":1000}"));
    auto const open = with("1.234", "10");
    EXPECT_THAT(open.rows.at(0), HasSubstr("no row of the file decides it"));
    EXPECT_THAT(open.rows.at(0), Not(HasSubstr("1.234")));
    EXPECT_THAT(open.rows.at(1), HasSubstr("\"amount\":10}"));
    auto const both = map(google({{"a", "l", "2021-10-20 07:31:28", "1.234", ""},
                                  {"a", "l", "2021-10-20 07:31:28", "5,50", ""},
                                  {"a", "l", "2021-10-20 07:31:28", "5.50", ""}}));
    EXPECT_THAT(both.rows.at(0), HasSubstr("lines 3 and 4"));
    EXPECT_THAT(both.rows.at(1), HasSubstr("\"amount\":5.50}"));
    EXPECT_THAT(both.rows.at(2), HasSubstr("\"amount\":5.50}"));
}

TEST(mapping, a_hash_goes_beside_the_address) {
    auto const hash = std::string(64, 'a');
    auto const m = map(own({{"r1", "2021-10-20T05:31:28Z", "google", "cpc", hash}}));
    EXPECT_THAT(m.rows.at(0), HasSubstr(R"("settings":{"email_sha256":")" + hash));
    EXPECT_THAT(m.rows.at(0), Not(HasSubstr("\"email\":")));
    EXPECT_THAT(m.notes.at(0), HasSubstr("SHA-256"));
    EXPECT_THAT(m.notes.at(0), Not(HasSubstr(hash)));
}

TEST(mapping,
     addresses_are_written_in_lower_case_where_the_profile_has_it_so_and_telephones_stay_text) {
    auto t =
        google({{"a", "l", "2021-10-20 07:31:28", "", "", " User@Example.COM ", "'0034600111222"}});
    t.header.insert(t.header.end(), {"Email", "Phone Number"});
    auto const m = map(t);
    EXPECT_THAT(m.rows.at(0),
                HasSubstr(R"("settings":{"email":"user@example.com","phone":"0034600111222"})"));
    EXPECT_THAT(m.notes.at(0), HasSubstr("apostrophe"));
    auto const as_it_is = map(own({{"r", "2021-10-20T05:31:28Z", "x", "y", "User@Example.COM"}}));
    EXPECT_THAT(as_it_is.rows.at(0), HasSubstr("User@Example.COM"));
}

TEST(mapping, what_a_spreadsheet_did_to_an_id_is_refused_or_remarked) {
    auto const m = map(own({{"1E+05", "2021-10-20T05:31:28Z", "x", "y", ""},
                            {"oct-20", "2021-10-20T05:31:28Z", "x", "y", ""},
                            {"#NAME?", "2021-10-20T05:31:28Z", "x", "y", ""},
                            {"r4", "1.63471E+12", "x", "y", ""},
                            {"r5", "2021-10-20T05:31:28Z", "#N/A", "y", ""},
                            {"r6", "", "x", "y", ""}}));
    EXPECT_THAT(m.rows.at(0), HasSubstr("rounded"));
    EXPECT_THAT(m.rows.at(1), HasSubstr("oct-20"));
    EXPECT_THAT(m.notes.at(1), HasSubstr("looks like a date"));
    EXPECT_THAT(m.rows.at(2), StartsWith("refused: column \"event_id\": is a spreadsheet's error"));
    EXPECT_THAT(m.rows.at(3), StartsWith("refused: column \"click_time\": \"1.63471E+12\" is a "
                                         "number that a spreadsheet has rounded"));
    EXPECT_THAT(m.rows.at(4), StartsWith("refused: column \"utm_source\""));
    EXPECT_THAT(m.rows.at(5), StartsWith("refused: column \"click_time\": is empty"));
}

TEST(mapping, all_findings_of_a_row_come_at_once_each_with_its_column) {
    auto const m = map(google({{"", "l", "never", "ten", "EUR"}}));
    EXPECT_THAT(m.rows.at(0), HasSubstr("column \"Conversion Time\": \"never\" is no time"));
    EXPECT_THAT(m.rows.at(0), HasSubstr("column \"Conversion Value\": is no amount"));
    EXPECT_THAT(m.rows.at(0), HasSubstr("column \"Google Click ID\": is empty"));
}

TEST(mapping, what_the_event_reader_finds_is_told_by_column) {
    auto t = own({{"", "2021-10-20T05:31:28Z", "x", "y", ""}});
    mapping_rules rules;
    rules.accounts = t.accounts;
    mapping_survey survey(rules, "f.csv");
    survey.header(t.header, {});
    auto made = mapping::of(rules, t.header, {}, survey.result());
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(
        made->explain({{"settings.email", "is odd"},
                       {"url_parameters.utm_source", "is long"},
                       {"lead", "x"}}),
        "column \"email\" (email): is odd; column \"utm_source\" (utm_source): is long; lead: x");
}

TEST(mapping, a_profile_that_is_gone_or_a_text_that_is_damaged_refuses_the_rest) {
    mapping_rules const rules;
    EXPECT_THAT(mapping::of(rules, own_header, {}, "profile=gone|dates=open").error().message,
                HasSubstr("gone"));
    EXPECT_FALSE(mapping::of(rules, own_header, {}, "").has_value());
    EXPECT_FALSE(mapping::of(rules, own_header, {}, "profile=setclickd|dates=maybe").has_value());
    EXPECT_TRUE(mapping::of(rules, own_header, {}, "profile=setclickd|newer=1").has_value());
}

TEST(mapping, a_cell_in_a_column_without_a_name_is_not_lost_in_silence) {
    auto t = own({{"1", "2021-10-20T05:31:28Z", "x", "y", "", ""},
                  {"2", "2021-10-20T05:31:28Z", "x", "y", "", "note"}});
    t.header.push_back("");
    auto const m = map(t);
    EXPECT_THAT(m.rows.at(0), Not(StartsWith("refused")));
    EXPECT_EQ(m.rows.at(1), "refused: column 6: has a cell here, and no name in the header");
}

TEST(mapping, what_becomes_of_each_column_is_known) {
    auto t = google({});
    t.header.insert(t.header.end(), {"Ad User Data", "utm_campaign"});
    auto const m = map(t);
    std::string told;
    for (auto const& use : m.uses)
        told += use.column + ">" + use.target + "=" + use.value + ";";
    EXPECT_EQ(
        told,
        "Google Click ID>url_parameters.gclid=;Conversion Name>label=;Conversion Time>click_time=;"
        "Conversion Value>lead.amount=;Conversion Currency>lead.currency=;Ad User Data>=;"
        "utm_campaign>utm_campaign=;>utm_source=\"google\";>utm_medium=\"cpc\";");
}

}  // namespace
}  // namespace setclick::csv
