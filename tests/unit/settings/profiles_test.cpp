#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "setclickd/csv/profile_text.hpp"
#include "setclickd/csv/profiles.hpp"
#include "setclickd/settings/load.hpp"
#include "settings/profile_keys.hpp"

namespace setclick::settings {
namespace {

using ::testing::HasSubstr;

constexpr char const* account =
    "[[account]]\nid = \"60a52f6ac660b269d13c3f53\"\ntoken_file = \"/t\"\n";

loaded read(std::string const& text) {
    return load_text(account + text, "f.toml", {});
}

std::string only_finding(std::string const& text) {
    auto const l = read(text);
    if (l.findings.size() != 1) {
        std::string all;
        for (auto const& f : l.findings)
            all += to_text(f) + "\n";
        ADD_FAILURE() << l.findings.size() << " findings of\n" << text << "\n" << all;
        return all;
    }
    return to_text(l.findings.front());
}

/// What is printed is what is read: for every profile that there is, and one with every key.
TEST(csv_profiles, printed_ones_are_read_back_as_they_are) {
    std::vector<csv::profile> all(csv::built_in_profiles().begin(), csv::built_in_profiles().end());
    csv::profile p;
    p.name = "all.keys-1";
    p.match = {"crm-*.csv", "deals \"x\".csv"};
    p.columns = {{"click_time", {"When \\ \"exactly\"", "Cuándo"}},
                 {"settings.Plan", {"Plan"}},
                 {"url_parameters.utm_source", {"Source"}},
                 {"lead.amount", {"Value"}}};
    p.fixed = {{"url_parameters.utm_medium", "cpc", true},
               {"microconversion", "true", false},
               {"settings.level", "3", false},
               {"account_id", "60a52f6ac660b269d13c3f53", true}};
    p.ignore = {"a", "b"};
    p.needs = {"click_time", "settings.Plan"};
    p.one_of = {"event_id", "email"};
    p.unless = {"Other"};
    p.amounts = {"settings.fee"};
    p.time_zone = "Europe/Madrid";
    p.dates = csv::date_order::day_first;
    p.decimal = csv::decimal_sign::comma;
    p.serials = csv::serial_dates::from_1904;
    p.time_of_day = "12:00";
    p.skip_rows = 3;
    p.extra = csv::extra_columns::settings;
    p.click_time_is = csv::time_meaning::record;
    p.tidy_emails = true;
    all.push_back(p);
    // Of one that began as another one, what it took away stays away.
    for (auto const& base : csv::built_in_profiles()) {
        auto own = csv::derived_from(base);
        own.name = "own";
        own.unless.clear();
        own.one_of.clear();
        own.time_of_day.clear();
        own.tidy_emails = !base.tidy_emails;
        csv::set_columns(own, "settings.plan", {"Conversion Value", "Amount", "Country"});
        csv::set_fixed(own, {"url_parameters.utm_source", "crm", true});
        all.push_back(own);
    }
    for (auto const& one : all) {
        auto const text = csv::toml_of(one);
        auto const l = read(text);
        for (auto const& f : l.findings)
            ADD_FAILURE() << one.name << ": " << to_text(f);
        ASSERT_EQ(l.values.profiles.size(), 1U) << text;
        auto got = l.values.profiles.front();
        auto expected = one;
        expected.about.clear();
        for (auto* list : {&expected.needs, &expected.one_of, &expected.amounts, &got.needs,
                           &got.one_of, &got.amounts})
            for (auto& name : *list)
                name = csv::full_target(name);
        // toml++ keeps a table's keys sorted.
        auto const by_target = [](auto const& a, auto const& b) { return a.target < b.target; };
        for (auto* list : {&got, &expected}) {
            std::sort(list->columns.begin(), list->columns.end(), by_target);
            std::sort(list->fixed.begin(), list->fixed.end(), by_target);
        }
        EXPECT_TRUE(got == expected) << text;
    }
}

TEST(csv_profiles, a_starter_is_read_once_a_person_has_filled_it_in) {
    std::vector<std::string_view> const header{"Record ID", "Fecha de cierre", "Note"};
    auto const l = read(csv::starter_profile(csv::profiles(), "x", header));
    for (auto const& f : l.findings)
        ADD_FAILURE() << to_text(f);
    EXPECT_EQ(l.values.profiles.size(), 1U);
}

TEST(csv_profiles, one_begins_as_another_one) {
    auto const l = read(
        "[[csv.profile]]\nname = \"a\"\nlike = \"google-ads\"\nfixed = { utm_source = \"google\" "
        "}\n"
        "columns = { event_id = \"Google Click ID\", settings.plan = \"Plan\" }\n"
        "[[csv.profile]]\nname = \"b\"\nlike = \"a\"\nextra = \"ignore\"\n");
    for (auto const& f : l.findings)
        ADD_FAILURE() << to_text(f);
    ASSERT_EQ(l.values.profiles.size(), 2U);
    auto const& a = l.values.profiles[0];
    EXPECT_EQ(a.like, "google-ads");
    // A column's name belongs to one field.
    auto const gclid =
        std::ranges::find(a.columns, "url_parameters.gclid", &csv::column_rule::target);
    ASSERT_NE(gclid, a.columns.end());
    EXPECT_EQ(gclid->names.front(), "GCLID");
    EXPECT_EQ(l.values.profiles[1].fixed, a.fixed);
    EXPECT_EQ(l.values.profiles[1].extra, csv::extra_columns::ignore);
}

TEST(csv_profiles, every_finding_has_its_line_and_what_would_be_right) {
    auto const profile = [](std::string const& rest) {
        return only_finding("[[csv.profile]]\nname = \"x\"\nlike = \"hubspot\"\n" + rest);
    };
    EXPECT_THAT(profile("date_ordr = \"dmy\"\n"),
                HasSubstr("f.toml:7:1: error: csv.profile.date_ordr: unknown key in "
                          "[[csv.profile]]; did you mean \"date_order\"?"));
    EXPECT_THAT(profile("date_order = \"dd/mm\"\n"),
                HasSubstr("f.toml:7:14: error: csv.profile.date_order: must be \"auto\", \"dmy\", "
                          "\"mdy\" or \"ymd\""));
    EXPECT_THAT(profile("columns = { clicktime = \"x\" }\n"),
                HasSubstr("did you mean \"click_time\"?"));
    EXPECT_THAT(profile("columns = { settings = \"x\" }\n"), HasSubstr("is no field of an event"));
    EXPECT_THAT(profile("columns = { email = \"x\", settings.email = \"y\" }\n"),
                HasSubstr("same field as"));
    EXPECT_THAT(profile("columns = { event_id = [] }\n"), HasSubstr("names no column"));
    EXPECT_THAT(profile("columns = { event_id = 3 }\n"), HasSubstr("must be a text in quotes"));
    EXPECT_THAT(profile("columns = \"x\"\n"), HasSubstr("must be a table"));
    EXPECT_THAT(profile("fixed = { utm_source = [] }\n"), HasSubstr("must be a text, a number"));
    EXPECT_THAT(profile("fixed = { utm_source = \"a\" }\ncolumns = { utm_source = \"b\" }\n"),
                HasSubstr("has a column, too"));
    EXPECT_THAT(profile("fixed = { click_time = 1 }\n"),
                HasSubstr("cannot be the same for all events"));
    EXPECT_THAT(profile("time_zone = \"Mars/Olympus\"\n"),
                HasSubstr("f.toml:7:1: error: csv.profile.time_zone: the system knows no"));
    EXPECT_THAT(profile("time_of_day = \"noon\"\n"), HasSubstr("such as \"12:00\""));
    EXPECT_THAT(profile("skip_rows = -1\n"), HasSubstr("whole number"));
    EXPECT_THAT(profile("extra = true\n"), HasSubstr("\"refuse\", \"ignore\" or \"settings\""));
    EXPECT_THAT(profile("match = [1]\n"), HasSubstr("a list of them"));
    EXPECT_THAT(profile("amounts = [\"fee\"]\n"), HasSubstr("is no field of an event"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\nlike = \"hubspott\"\ncolumns = { "
                             "click_time = \"t\" }\n"),
                HasSubstr("did you mean \"hubspot\"?"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\nlike = \"hubspott\"\n"),
                HasSubstr("did you mean \"hubspot\"?"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\ncolums = { click_time = \"t\" }\n"),
                HasSubstr("did you mean \"columns\"?"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\ncolumns = { click_time = 5 }\n"),
                HasSubstr("csv.profile.columns.click_time: must be a text"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\ncolumns = { click_time = \"When\", "
                             "event_id = \"when\" }\n"),
                HasSubstr("f.toml:6:13: error: csv.profile.columns.click_time: names a column that "
                          "another field has, too"));
    EXPECT_THAT(profile("match = [\"crm-*.xlsx\"]\n"),
                HasSubstr("no file of such a name is read as a table"));
    for (auto const* good : {"crm-*.CSV", "crm*", "*.ts?", "x.txt"})
        EXPECT_TRUE(read("[[csv.profile]]\nname = \"x\"\nlike = \"hubspot\"\nmatch = \"" +
                         std::string(good) + "\"\n")
                        .findings.empty())
            << good;
    EXPECT_THAT(profile("fixed = { account_id = \"60a52f6ac660b269d13c3f54\" }\n"),
                HasSubstr("the profile x gives each row the account"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nlike = \"hubspot\"\n"),
                HasSubstr("csv.profile.name: is missing"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\n"), HasSubstr("click_time"));
    EXPECT_THAT(only_finding("[csv.profile]\nname = \"x\"\n"), HasSubstr("two brackets"));
    EXPECT_THAT(only_finding("[csv]\nprofiles = 1\n"), HasSubstr("[[csv.profile]]"));
    EXPECT_THAT(only_finding("[[csv.profile]]\nname = \"x\"\nlike = "
                             "\"hubspot\"\n[[csv.profile]]\nname = \"x\"\nlike = \"hubspot\"\n"),
                HasSubstr("twice"));
}

TEST(csv_profiles, an_accounts_time_zone_is_one_that_the_system_knows) {
    auto const l =
        load_text(std::string(account) + "time_zone = \"Europe/Madird\"\n", "f.toml", {});
    ASSERT_EQ(l.findings.size(), 1U);
    EXPECT_THAT(to_text(l.findings.front()), HasSubstr("f.toml:4"));
    EXPECT_TRUE(load_text(std::string(account) + "time_zone = \"Europe/Madrid\"\n", "f.toml", {})
                    .findings.empty());
}

TEST(csv_profiles, the_reference_has_every_key_that_is_printed) {
    csv::profile p;
    std::string keys;
    for (auto const& k : profile_keys())
        keys += std::string(k.name) + "\n";
    for (auto const* name :
         {"name",          "like",      "match",       "columns",     "fixed",
          "click_time_is", "time_zone", "date_order",  "time_of_day", "serial_dates",
          "decimal",       "amounts",   "tidy_emails", "skip_rows",   "extra",
          "ignore",        "needs",     "one_of",      "unless",      "own_names"})
        EXPECT_THAT(keys, HasSubstr(std::string(name) + "\n"));
}

}  // namespace
}  // namespace setclick::settings
