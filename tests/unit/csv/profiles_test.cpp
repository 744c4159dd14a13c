#include "setclickd/csv/profiles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapped.hpp"

namespace setclick::csv {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string chosen(cells const& header, std::vector<profile> own = {},
                   std::string_view file = "f.csv", std::string_view wanted = {}) {
    profiles const known(std::move(own));
    auto const choice = choose_profile(known, file, header, wanted);
    return choice.chosen != nullptr ? choice.chosen->name : choice.refusal;
}

profile named(std::string name, std::string_view like = {}) {
    profile p;
    if (!like.empty()) p = derived_from(*profiles().named(like));
    p.name = std::move(name);
    return p;
}

TEST(profiles, headers_as_the_platforms_and_public_exporters_write_them) {
    EXPECT_EQ(chosen({"event_id", "click_time", "utm_source", "email"}), "setclickd");
    EXPECT_EQ(chosen({"Click Time", "UTM Source"}), "setclickd");
    EXPECT_EQ(chosen({"Google Click ID", "Conversion Name", "Conversion Time", "Conversion Value",
                      "Conversion Currency"}),
              "google-ads");
    EXPECT_EQ(chosen({"Google Click ID", "Conversion Name", "Conversion Time", "Conversion Value",
                      "Conversion Currency", "Order ID", "Ad User Data", "Ad Personalization"}),
              "google-ads");
    EXPECT_EQ(chosen({"Email", "Phone Number", "Conversion Name", "Conversion Time",
                      "Conversion Value", "Conversion Currency", "Ad User Data",
                      "Ad Personalization", "Order ID", "Google Click ID"}),
              "google-ads");
    EXPECT_EQ(
        chosen({"Email,Phone Number", "GBRAID", "WBRAID", "Conversion Name", "Conversion Time"}),
        "google-ads");
    EXPECT_EQ(chosen({"Microsoft Click ID", "Conversion Name", "Conversion Time",
                      "Conversion Value", "Conversion Currency"}),
              "microsoft-ads");
    EXPECT_EQ(
        chosen({"Microsoft Click Id", "Conversion Name", "Conversion Time", "Conversion Value",
                "Conversion Currency Code", "Hashed Email Address", "Hashed Phone Number"}),
        "microsoft-ads");
    EXPECT_EQ(chosen({"Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Deal owner",
                      "Pipeline"}),
              "hubspot");
    EXPECT_EQ(chosen({"Record ID", "First Name", "Last Name", "Email", "Phone Number",
                      "Create Date", "Close Date"}),
              "hubspot");
    EXPECT_EQ(chosen({"First Name", "Last Name", "Email", "Created Date", "Lead Source"}),
              "salesforce");
    EXPECT_EQ(chosen({"Opportunity ID", "Opportunity Name", "Amount", "Close Date", "Created Date",
                      "Stage"}),
              "salesforce");
}

TEST(profiles, where_none_fits_the_nearest_is_named_with_what_it_lacks) {
    auto const text = chosen({"Google Click ID", "Conversion Name", "When"});
    EXPECT_THAT(
        text,
        StartsWith("no profile fits the file's columns: Google Click ID, Conversion Name, When"));
    EXPECT_THAT(text, HasSubstr("google-ads, needs \"Conversion Time\" too"));
    EXPECT_THAT(text, HasSubstr("profiles --from"));
    EXPECT_THAT(
        chosen({"Google Click ID", "Conversion Name", "Adjustment Time", "Adjustment Type"}),
        HasSubstr("no profile fits"));
}

/// Its values would stand in the log.
TEST(profiles, first_row_that_is_no_header_is_not_quoted) {
    profiles const known;
    for (auto const* value :
         {"ann@example.com", "2026-10-20T10:00:00Z", "20/10/2026", "600123123"}) {
        std::vector<std::string_view> const row{"Ann Example", value};
        auto const choice = choose_profile(known, "x.csv", row, "");
        EXPECT_THAT(choice.refusal, StartsWith("the file seems to have no header"));
        EXPECT_THAT(choice.refusal, Not(HasSubstr("Ann")));
        EXPECT_THAT(choose_profile(known, "x.csv", row, "hubspot").refusal,
                    StartsWith("the file seems to have no header"));
    }
    std::vector<std::string_view> const names{"2026 sales", "1st touch", "7"};
    EXPECT_THAT(choose_profile(known, "x.csv", names, "").refusal, HasSubstr("2026 sales"));
}

TEST(profiles, two_that_fit_are_refused_and_both_named) {
    auto first = named("crm");
    set_columns(first, "click_time", {"When"});
    auto second = named("shop");
    set_columns(second, "click_time", {"When"});
    auto const text = chosen({"When", "utm_source"}, {first, second});
    EXPECT_THAT(text, HasSubstr("crm and shop"));
    EXPECT_THAT(text, HasSubstr("--profile"));
    EXPECT_EQ(chosen({"When", "utm_source"}, {first, second}, "f.csv", "shop"), "shop");
    second.match = {"shop-*.csv"};
    EXPECT_EQ(chosen({"When", "utm_source"}, {first, second}, "shop-1.csv"), "shop");
    EXPECT_EQ(chosen({"When", "utm_source"}, {first, second}, "other.csv"), "crm");
    first.match = {"*.csv"};
    EXPECT_THAT(chosen({"When", "utm_source"}, {first, second}, "shop-1.csv"),
                HasSubstr("fit the file by its name"));
}

TEST(profiles, one_of_the_configuration_stands_in_the_place_of_what_it_began_as) {
    cells const header{"Google Click ID", "Conversion Name", "Conversion Time"};
    EXPECT_EQ(chosen(header, {named("our-google", "google-ads")}), "our-google");
    EXPECT_EQ(chosen(header, {named("google-ads", "google-ads")}), "google-ads");
    EXPECT_EQ(chosen(header, {named("our-google", "google-ads")}, "f.csv", "google-ads"),
              "google-ads");
    // With a pattern it takes the files of that name, and leaves the others to the built-in one.
    auto by_name = named("our-google", "google-ads");
    by_name.match = {"ours-*.csv"};
    EXPECT_EQ(chosen(header, {by_name}, "ours-1.csv"), "our-google");
    EXPECT_EQ(chosen(header, {by_name}, "theirs.csv"), "google-ads");
    EXPECT_THAT(chosen({"a", "b"}, {by_name}, "ours-1.csv"), HasSubstr("has no column"));
}

TEST(profiles, a_name_that_is_none_is_told_with_the_nearest) {
    EXPECT_THAT(chosen({"a"}, {}, "f.csv", "gogle-ads"), HasSubstr("did you mean \"google-ads\""));
    EXPECT_THAT(chosen({"a"}, {}, "f.csv", "hubspot"),
                HasSubstr("has no column \"Record ID\" and \"Close Date\""));
}

TEST(profiles, columns_that_a_profile_does_not_know) {
    table t;
    t.header = {"event_id", "click_time", "utm_sorce", "utm_medium", "plan", "e-mail adress"};
    auto const m = map(t);
    EXPECT_THAT(m.refusal, HasSubstr("does not know"));
    EXPECT_THAT(m.refusal, HasSubstr("\"plan\""));
    EXPECT_THAT(m.refusal, HasSubstr("extra = \"ignore\" or \"settings\""));
    auto ours = named("ours", "setclickd");
    ours.extra = extra_columns::settings;
    t.own = {ours};
    t.header = {"event_id", "click_time", "utm_medium", "Plan"};
    t.rows = {{"1", "2021-10-20T05:31:28Z", "x", "gold"}};
    EXPECT_THAT(map(t).rows.at(0), HasSubstr(R"("settings":{"Plan":"gold"})"));
    t.own[0].extra = extra_columns::ignore;
    EXPECT_THAT(map(t).rows.at(0), HasSubstr(R"("settings":{})"));
    t.header[3] = "click-time";
    EXPECT_THAT(map(t).refusal, HasSubstr("two columns for click_time"));
}

TEST(profiles, problems_in_a_profile_have_their_key) {
    auto const problems = [](profile const& p) {
        std::string out;
        for (auto const& problem : problems_of(p))
            out += problem.key + ";";
        return out;
    };
    EXPECT_EQ(problems(named("ours", "google-ads")), "");
    for (auto const& p : built_in_profiles())
        EXPECT_EQ(problems(p), "") << p.name;
    profile p;
    EXPECT_EQ(problems(p), "name;columns;");
    p = named("has blank", "hubspot");
    p.time_zone = "Mars/Olympus";
    p.time_of_day = "noon";
    p.needs = {"clicktime"};
    p.match = {"a/b"};
    p.fixed = {{"click_time", "1", false}, {"microconversion", "yes", true}};
    EXPECT_EQ(problems(p),
              "name;match;fixed.click_time;fixed.microconversion;time_zone;time_of_day;needs;");
}

TEST(profiles, fields_by_every_name) {
    EXPECT_EQ(full_target("email"), "settings.email");
    EXPECT_EQ(full_target("E-Mail"), "settings.email");
    EXPECT_EQ(full_target("UTM Source"), "url_parameters.utm_source");
    EXPECT_EQ(full_target("utm_id"), "url_parameters.utm_id");
    EXPECT_EQ(full_target("label"), "lead.label");
    EXPECT_EQ(full_target("settings.Plan"), "settings.Plan");
    EXPECT_EQ(full_target("URL Parameters.gclid"), "url_parameters.gclid");
    EXPECT_EQ(full_target("settings."), "");
    EXPECT_EQ(full_target("other.x"), "");
    EXPECT_EQ(full_target("utm"), "");
    EXPECT_EQ(nearest_target("clicktime"), "click_time");
    EXPECT_EQ(nearest_target("utm_sorce"), "utm_source");
}

}  // namespace
}  // namespace setclick::csv
