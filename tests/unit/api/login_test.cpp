#include "setclickd/api/login.hpp"

#include <gtest/gtest.h>

namespace setclick::api {
namespace {

TEST(login, body_is_json_with_everything_escaped) {
    EXPECT_EQ(login_body("api@example.com", secret<std::string>("p\"\\é\n")).reveal(),
              R"({"email":"api@example.com","password":"p\"\\é\n"})");
}

TEST(login, expiry_is_read_in_all_three_recorded_formats) {
    auto const text = [](char const* t) {
        auto const time = parse_expires_at(t);
        return time ? wall_text(*time) : std::string("none");
    };
    EXPECT_EQ(text("2025-07-09T18:14:44.000000Z"), "2025-07-09T18:14:44Z");
    EXPECT_EQ(text("2024-12-31T23:59:59Z"), "2024-12-31T23:59:59Z");
    EXPECT_EQ(text("2025-07-15 15:14:38"), "2025-07-15T15:14:38Z");
    EXPECT_EQ(text("next year"), "none");
    EXPECT_EQ(text(""), "none");
}

TEST(login, documented_answer_gives_token_and_expiry) {
    auto const out = parse_login(
        R"({"access_token":"eyJ0.abc","token_type":"Bearer","expires_at":"2025-07-15 15:14:38"})");
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->token.reveal(), "eyJ0.abc");
    EXPECT_EQ(wall_text(out->expires_at.value()), "2025-07-15T15:14:38Z");
}

TEST(login, wrapped_answer_and_one_without_expiry_are_accepted) {
    auto const wrapped =
        parse_login(R"({"status":"ok","data":{"access_token":"t","token_type":"bearer"}})");
    ASSERT_TRUE(wrapped);
    EXPECT_EQ(wrapped->token.reveal(), "t");
    EXPECT_FALSE(wrapped->expires_at);
    EXPECT_FALSE(parse_login(R"({"access_token":"t","expires_at":12})")->expires_at);
}

TEST(login, useless_answers_are_errors_that_show_nothing_of_them) {
    for (auto const* body :
         {"", "canary", "[\"canary\"]", R"({"message":"canary"})",
          R"({"access_token":null,"x":"canary"})", R"({"access_token":"","x":"canary"})",
          R"({"access_token":"canary\r\nX: y"})", R"({"access_token":"canary","token_type":"MAC"})",
          R"({"access_token":["canary"]})"}) {
        auto const out = parse_login(body);
        ASSERT_FALSE(out) << body;
        EXPECT_EQ(out.error().code, errc::invalid_data);
        EXPECT_EQ(out.error().message.find("canary"), std::string::npos) << out.error().message;
    }
}

TEST(login, request_is_whole_and_closes_its_connection) {
    auto const request = login_request({"app.example:8443", "/api/auth/login"}, "me@example.com",
                                       secret<std::string>("pass"));
    auto const& text = request.reveal();
    EXPECT_EQ(text.find("POST /api/auth/login HTTP/1.1\r\nHost: app.example:8443\r\n"), 0u);
    EXPECT_NE(text.find("\r\nConnection: close\r\n"), std::string::npos);
    auto const body = text.substr(text.find("\r\n\r\n") + 4);
    EXPECT_EQ(body, login_body("me@example.com", secret<std::string>("pass")).reveal());
    EXPECT_NE(text.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"),
              std::string::npos);
}

TEST(login, a_status_other_than_200_says_whether_to_mend_or_to_wait) {
    struct row {
        int status;
        errc code;
        char const* words;
    };
    for (auto const& r :
         {row{401, errc::config, "e-mail and password"}, row{403, errc::config, "may not log in"},
          row{404, errc::config, "login_path"}, row{302, errc::config, "base_url"},
          row{422, errc::config, "422"}, row{429, errc::unreachable, "429"},
          row{503, errc::unreachable, "503"}, row{408, errc::unreachable, "408"}}) {
        auto const out = read_login(r.status, R"({"access_token":"canary"})");
        ASSERT_FALSE(out) << r.status;
        EXPECT_EQ(out.error().code, r.code) << r.status;
        EXPECT_NE(out.error().message.find(r.words), std::string::npos) << out.error().message;
        EXPECT_EQ(out.error().message.find("canary"), std::string::npos);
    }
    EXPECT_TRUE(read_login(200, R"({"access_token":"t"})"));
}

}  // namespace
}  // namespace setclick::api
