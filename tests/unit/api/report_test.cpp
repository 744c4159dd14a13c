#include "setclickd/api/report.hpp"

#include <gtest/gtest.h>

namespace setclick::api {
namespace {

TEST(report_query, has_the_documented_parameters_in_order) {
    report_query q{"000000000000000000001234", "this_month", 0, 100, ""};
    std::string out;
    append_query(out, q);
    EXPECT_EQ(out, "account_id=000000000000000000001234&date_range=this_month&skip=0&limit=100");
    q = {"a b", "20250301,20250331", 300, 37, "es"};
    out.clear();
    append_query(out, q);
    EXPECT_EQ(out, "account_id=a+b&date_range=20250301%2C20250331&skip=300&limit=37&country=es");
}

TEST(report_query, date_ranges_are_brought_into_the_vendors_form) {
    struct {
        char const *text, *want;
    } const table[] = {
        {"20250301,20250331", "20250301,20250331"},
        {"2025-03-01,2025-03-31", "20250301,20250331"},
        {"2025-03-01", "20250301,20250301"},
        {"20240229", "20240229,20240229"},
        {"this_month", "this_month"},
        {"last_90_days", "last_90_days"},
        {"this_week_sunday_saturday", "this_week_sunday_saturday"},
    };
    for (auto const& row : table)
        EXPECT_EQ(date_range(row.text).value(), row.want);
    for (auto const* bad :
         {"", "this month", "20250229", "2025-3-1", "20250331,20250301", "20250301,", ",20250301",
          "20250301,20250302,20250303", "+2025030", "2025030x"}) {
        auto const out = date_range(bad);
        ASSERT_FALSE(out) << bad;
        EXPECT_EQ(out.error().code, errc::usage);
    }
    EXPECT_NE(date_range("last_mont").error().message.find("did you mean \"last_month\"?"),
              std::string::npos);
}

TEST(report_query, limits_and_countries_out_of_range_are_usage_errors) {
    EXPECT_TRUE(check({"a", "today", 0, 1, ""}));
    EXPECT_TRUE(check({"a", "today", 0, 100, "ES"}));
    EXPECT_FALSE(check({"a", "today", 0, 0, ""}));
    EXPECT_FALSE(check({"a", "today", 0, 101, ""}));
    for (auto const* country : {"e", "esp", "e1", "é"})
        EXPECT_FALSE(check({"a", "today", 0, 100, country})) << country;
}

TEST(report_page, documented_answer_is_read_with_its_nulls) {
    auto const page = parse_page(R"({
"status": "ok",
"data": [
{
"_id": "67eaca8cadeb4e04b13d7df4",
"date": "2025-03-31",
"utm_matchtype": null,
"utm_campaign": "seo-yahoo",
"utm_source": "seo",
"utm_medium": "organic",
"label": "add-to-cart"
},
{
"_id": "67eaca7fba8c162635776cb1",
"date": "2025-03-31",
"utm_matchtype": null,
"utm_campaign": "newsletter",
"utm_source": "newsletter",
"utm_medium": "email",
"label": "newsletter-signup"
}
]
})");
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->rows.size(), 2U);
    auto const& row = page->rows[0];
    EXPECT_EQ(row.id, "67eaca8cadeb4e04b13d7df4");
    EXPECT_EQ(row.date, "2025-03-31");
    EXPECT_EQ(row.utm_matchtype, "");
    EXPECT_EQ(row.utm_campaign, "seo-yahoo");
    EXPECT_EQ(row.utm_source, "seo");
    EXPECT_EQ(row.utm_medium, "organic");
    EXPECT_EQ(row.label, "add-to-cart");
    EXPECT_EQ(page->rows[1].label, "newsletter-signup");
    EXPECT_FALSE(page->next_skip);
}

TEST(report_page, recorded_extras_dates_and_pagination_are_kept) {
    auto const page = parse_page(
        R"({"data":[{"_id":"1","date":"20250331","country":"es","country_name":"Spain","utm_term":"t","amount":198.09,"x":{"y":[null,-1e300,12,"é\"",true]}}],
            "pagination":{"skip":100,"limit":100}})");
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->rows[0].date, "2025-03-31");
    EXPECT_EQ(page->rows[0].country_name, "Spain");
    EXPECT_EQ(page->rows[0].utm_term, "t");
    EXPECT_EQ(page->rows[0].others,
              (std::vector<std::pair<std::string, std::string>>{
                  {"amount", "198.09"}, {"x", R"({"y":[null,-1e+300,12,"é\"",true]})"}}));
    EXPECT_EQ(page->next_skip, 100U);
    EXPECT_EQ(page->limit, 100U);
}

TEST(report_page, empty_page_and_null_pagination_are_fine) {
    auto const page = parse_page(R"({"status":"ok","data":[],"pagination":null})");
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->rows.empty());
    EXPECT_FALSE(parse_page(R"({"data":[],"pagination":{"skip":-1,"limit":"x"}})")->next_skip);
}

TEST(report_page, wrong_shapes_are_errors_that_say_where) {
    struct {
        char const *body, *want;
    } const table[] = {
        {"", "not JSON"},
        {"<html>", "not JSON"},
        {"[]", "not a JSON object"},
        {"{}", "has no data"},
        {R"({"data":{}})", "its data is not an array"},
        {R"({"data":[{"_id":"1","date":"x"},5]})", "row 2 of the page is not an object"},
        {R"({"data":[{"date":"x"}]})", "row 1 of the page has no _id"},
        {R"({"data":[{"_id":null}]})", "row 1 of the page has no _id"},
        {R"({"data":[{"_id":"1","date":"x","label":["a"]}]})",
         "row 1 of the page has a field label that is neither text nor null"},
        {R"({"data":[{"_id":1}]})", "a field _id that is neither text nor null"},
    };
    for (auto const& row : table) {
        auto const page = parse_page(row.body);
        ASSERT_FALSE(page) << row.body;
        EXPECT_EQ(page.error().code, errc::invalid_data);
        EXPECT_NE(page.error().message.find(row.want), std::string::npos) << page.error().message;
    }
}

TEST(report_page, documented_refusals_carry_the_vendors_message) {
    for (auto const* message : {"Unauthenticated", "Missing required parameter: account_id"}) {
        auto const page =
            parse_page(std::string(R"({"status":"error","message":")") + message + "\"}");
        ASSERT_FALSE(page);
        EXPECT_EQ(page.error().code, errc::refused);
        EXPECT_NE(page.error().message.find(message), std::string::npos);
    }
    EXPECT_EQ(parse_page(R"({"status":"error"})").error().code, errc::refused);
}

TEST(report_page, deep_nesting_is_an_error) {
    EXPECT_FALSE(parse_page(R"({"data":)" + std::string(100'000, '[')));
}

}  // namespace
}  // namespace setclick::api
