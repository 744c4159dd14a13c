#include "posted_form.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

event::view sample() {
    event::view v;
    v.account_id = "acc";
    v.click_time = 1634707888123;
    v.url_parameters = R"({"utm_source":"a & b=c+%41"})";
    v.settings = R"({"email":"ann@example.com","list":[1,{"x":true}]})";
    v.lead = R"({"amount":198.09})";
    v.referrer = R"("https://example.org/?q=1")";
    v.microconversion = true;
    return v;
}

TEST(posted_form, parameters_are_those_of_the_request_with_values_hidden) {
    EXPECT_THAT(posted_form({}, sample(), false),
                ElementsAre(Pair("account_id", "acc"),
                            Pair("url_parameters", R"({"utm_source":"a & b=c+%41"})"),
                            Pair("click_time", "1634707888123"),
                            Pair("settings", R"({"email":"***","list":["***",{"x":"***"}]})"),
                            Pair("referrer", R"("https://example.org/?q=1")"),
                            Pair("lead", R"({"amount":"***","microconversion":"1"})")));
}

TEST(posted_form, reveal_shows_each_value_as_it_goes_out) {
    auto const shown = posted_form({}, sample(), true);
    EXPECT_EQ(shown[3].second, R"({"email":"ann@example.com","list":[1,{"x":true}]})");
    EXPECT_EQ(shown[5].second, R"({"amount":198.09,"microconversion":"1"})");
}

TEST(posted_form, follows_the_dialect) {
    api::dialect d;
    d.click_time_unit = api::time_unit::s;
    d.url = api::url_style::plain;
    d.lead = event::lead_mode::settings;
    EXPECT_THAT(
        posted_form(d, sample(), false),
        ElementsAre(
            Pair("account_id", "acc"), Pair("url_parameters", R"({"utm_source":"a & b=c+%41"})"),
            Pair("click_time", "1634707888"),
            Pair(
                "settings",
                R"({"email":"***","list":["***",{"x":"***"}],"amount":"***","microconversion":"1"})"),
            Pair("referrer", "https://example.org/?q=1")));
}

TEST(posted_form, address_in_another_place_is_hidden_too) {
    auto v = sample();
    v.current_url = R"("https://example.org/?email=ann@example.com")";
    EXPECT_THAT(posted_form({}, v, false), testing::Contains(Pair("current_url", "***")));
}

TEST(posted_form, masked_json_of_nothing_is_nothing) {
    EXPECT_EQ(masked_json(""), "");
    EXPECT_EQ(masked_json("{broken"), "***");
}

}  // namespace
}  // namespace setclick::cli
