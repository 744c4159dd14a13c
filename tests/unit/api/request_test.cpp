#include "setclickd/api/request.hpp"

#include <gtest/gtest.h>

#include "request_fixture.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::api {
namespace {

using event::lead_mode;

target const there{"app.sealmetrics.com", "/api/auth/v1.0/set-click"};
secret<std::string> const token{"eyJ0eXAi.OiJKV1Qi"};

TEST(request, head_is_the_contracts_and_body_follows_at_once) {
    auto const requests = request_template::make(there, token, "60a52f6ac660b269d13c3f53").value();
    std::string out = "what was there";
    requests.render(out, {}, vendors_example());
    auto const body = body_of(vendors_example());
    EXPECT_EQ(out,
              "POST /api/auth/v1.0/set-click HTTP/1.1\r\n"
              "Host: app.sealmetrics.com\r\n"
              "Authorization: Bearer eyJ0eXAi.OiJKV1Qi\r\n"
              "Content-Type: application/x-www-form-urlencoded\r\n"
              "Accept: application/json\r\n"
              "User-Agent: setclickd/" +
                  std::string(version()) +
                  "\r\n"
                  "Content-Length: " +
                  std::to_string(body.size()) +
                  "\r\n"
                  "\r\n" +
                  body);
}

TEST(request, content_length_is_right_for_every_number_of_digits) {
    auto const requests = request_template::make(there, token, "a").value();
    for (std::size_t size :
         {0UL, 1UL, 700UL, 800UL, 850UL, 900UL, 9'000UL, 9'900UL, 60'000UL, 200'000UL}) {
        event::view v = vendors_example();
        auto const settings = "{\"x\":\"" + std::string(size, 'y') + "\"}";
        v.settings = settings;
        v.referrer = v.current_url = {};
        v.account_id = "a";
        std::string out;
        requests.render(out, {}, v);
        auto const body = body_of(v);
        EXPECT_TRUE(
            out.ends_with("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body))
            << size;
    }
    // The shortest body that there can be has two digits.
    event::view v;
    v.click_time = 1634707888000;
    v.url_parameters = v.settings = "{}";
    std::string out;
    request_template::make({"h", "/"}, token, "").value().render(out, {}, v);
    EXPECT_TRUE(out.ends_with(
        "Content-Length: 74\r\n\r\naccount_id=&url_parameters=%7B%7D&click_time=1634707888000"
        "&settings=%7B%7D"))
        << out;
}

TEST(request, rendering_again_needs_no_more_room) {
    auto const requests = request_template::make(there, token, "a").value();
    std::string out;
    requests.render(out, {}, vendors_example());
    auto const* const data = out.data();
    auto const capacity = out.capacity();
    requests.render(out, {}, vendors_example());
    EXPECT_EQ(out.data(), data);
    EXPECT_EQ(out.capacity(), capacity);
}

TEST(request, what_could_add_a_header_is_refused_without_showing_the_token) {
    for (auto const* bad : {"", "a\r\nX: y", "a\nb", "a b", "tok\xC3\xA9n", "a\tb", "a\x7f"}) {
        secret<std::string> const bad_token{bad};
        auto const with_token = request_template::make(there, bad_token, "a");
        ASSERT_FALSE(with_token) << bad;
        EXPECT_EQ(with_token.error().code, errc::config);
        if (*bad != 0) {
            EXPECT_EQ(with_token.error().message.find(bad), std::string::npos);
        }
        EXPECT_FALSE(request_template::make({bad, "/x"}, token, "a"));
        EXPECT_FALSE(request_template::make({"h", "/x" + std::string(bad) + "\r"}, token, "a"));
    }
    EXPECT_FALSE(request_template::make({"h", ""}, token, "a"));
    EXPECT_FALSE(request_template::make({"h", "x"}, token, "a"));
    std::string const with_nul("a\0b", 3);
    EXPECT_FALSE(request_template::make(there, secret<std::string>(with_nul), "a"));
}

TEST(request, account_id_cannot_add_parameters) {
    auto v = vendors_example();
    v.account_id = "a&settings=x\r\n";
    EXPECT_TRUE(body_of(v).starts_with("account_id=a%26settings%3Dx%0D%0A&url_parameters="));
}

TEST(request, absent_fields_are_left_out) {
    auto v = vendors_example();
    v.referrer = v.current_url = {};
    auto const got = parameters_of(body_of(v));
    EXPECT_EQ(got.size(), 4U);
    EXPECT_FALSE(got.contains("lead"));
}

TEST(request, click_time_in_seconds_cuts_the_milliseconds_off) {
    dialect d;
    d.click_time_unit = time_unit::s;
    auto v = vendors_example();
    v.click_time = 1634707888999;
    EXPECT_EQ(parameters_of(body_of(v, d)).at("click_time"), "1634707888");
    EXPECT_EQ(parameters_of(body_of(v)).at("click_time"), "1634707888999");
}

TEST(request, plain_urls_come_without_quotes_and_escapes) {
    dialect d;
    d.url = url_style::plain;
    d.referrer_field = "referrer_url";
    auto v = vendors_example();
    v.referrer = R"("https://x/?a=\"\\\b\f\n\r\t\u0001\u001f")";
    auto const got = parameters_of(body_of(v, d));
    EXPECT_EQ(got.at("referrer_url"), "https://x/?a=\"\\\b\f\n\r\t\x01\x1f");
    EXPECT_EQ(got.at("current_url"), "https://sealmetrics.com/");
    EXPECT_FALSE(got.contains("referrer"));
    v.referrer = R"("")";
    EXPECT_EQ(parameters_of(body_of(v, d)).at("referrer_url"), "");
}

TEST(request, lead_and_flag_travel_as_the_dialect_says) {
    struct {
        lead_mode mode;
        char const* lead;
        bool flag;
        char const* settings;
        char const* sent_lead;  ///< null = not sent
    } const table[] = {
        {lead_mode::lead, "", false, R"({"e":1})", nullptr},
        {lead_mode::lead, "", true, R"({"e":1})", R"({"microconversion":"1"})"},
        {lead_mode::lead, R"({"l":"x"})", false, R"({"e":1})", R"({"l":"x"})"},
        {lead_mode::lead, R"({"l":"x"})", true, R"({"e":1})", R"({"l":"x","microconversion":"1"})"},
        {lead_mode::lead, "{}", false, R"({"e":1})", "{}"},
        {lead_mode::lead, "{}", true, R"({"e":1})", R"({"microconversion":"1"})"},
        {lead_mode::settings, "", false, R"({"e":1})", nullptr},
        {lead_mode::settings, "", true, R"({"e":1,"microconversion":"1"})", nullptr},
        {lead_mode::settings, R"({"l":"x"})", true, R"({"e":1,"l":"x","microconversion":"1"})",
         nullptr},
        {lead_mode::both, R"({"l":"x"})", true, R"({"e":1,"l":"x","microconversion":"1"})",
         R"({"l":"x","microconversion":"1"})"},
        {lead_mode::both, "", false, R"({"e":1})", nullptr},
    };
    for (auto const& row : table) {
        dialect d;
        d.lead = row.mode;
        auto v = vendors_example();
        v.settings = R"({"e":1})";
        v.lead = row.lead;
        v.microconversion = row.flag;
        auto const body = body_of(v, d);
        auto const got = parameters_of(body);
        EXPECT_EQ(got.at("settings"), row.settings);
        EXPECT_EQ(got.contains("lead"), row.sent_lead != nullptr);
        if (row.sent_lead == nullptr) continue;
        EXPECT_EQ(got.at("lead"), row.sent_lead);
        EXPECT_GT(body.find("&lead="), body.find("&current_url="));  // last
    }
    dialect d;
    d.lead = lead_mode::settings;
    auto v = vendors_example();
    v.settings = "{}";
    v.microconversion = true;
    EXPECT_EQ(parameters_of(body_of(v, d)).at("settings"), R"({"microconversion":"1"})");
}

}  // namespace
}  // namespace setclick::api
