#include "sandbox/credentials.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace setclick::sandbox {
namespace {

constexpr auto now = from_ms(1'750'000'000'000);  // 2025-06-15 15:06:40

TEST(credentials, nothing_configured_takes_any_token_and_numbers_it) {
    credentials c;
    EXPECT_TRUE(c.find("Bearer a", now).is_known);
    EXPECT_EQ(c.find("bearer b", now).token, 1);
    EXPECT_EQ(c.find("Bearer a", now).token, 0);
    EXPECT_FALSE(c.find("Bearer ", now).is_known);
    EXPECT_FALSE(c.find("Basic a", now).is_known);
    EXPECT_FALSE(c.find("", now).is_known);
}

TEST(credentials, configured_tokens_are_the_only_ones) {
    credentials c;
    c.add_token("one:ACCOUNT");
    c.add_token("two");
    EXPECT_EQ(c.find("Bearer one", now).account, "ACCOUNT");
    EXPECT_EQ(c.find("Bearer two", now).token, 1);
    EXPECT_EQ(c.find("Bearer two", now).account, "");
    EXPECT_FALSE(c.find("Bearer three", now).is_known);
    EXPECT_EQ(c.find("Bearer three", now).token, -1);
}

TEST(credentials, reload_replaces_the_files_tokens_and_keeps_numbers_and_flags) {
    credentials c;
    c.add_token("flag");
    c.replace_file_tokens("# comment\nfirst:A\r\n\n  second  \nflag:OTHER\n");
    EXPECT_EQ(c.find("Bearer first", now).account, "A");
    EXPECT_EQ(c.find("Bearer second", now).token, 2);
    EXPECT_EQ(c.find("Bearer flag", now).account, "");
    c.replace_file_tokens("third\n");
    EXPECT_TRUE(c.find("Bearer flag", now).is_known);
    EXPECT_FALSE(c.find("Bearer first", now).is_known);
    c.replace_file_tokens("first:A");
    EXPECT_EQ(c.find("Bearer first", now).token, 1);
    c.replace_file_tokens("");
    EXPECT_FALSE(c.find("Bearer first", now).is_known);
}

TEST(login, all_three_bodies_give_a_token_that_is_good_until_its_expiry) {
    credentials c({1h, expiry_format::iso_us});
    ASSERT_TRUE(c.add_login("me@example.com:pass:word"));
    EXPECT_FALSE(c.find("Bearer anything", now).is_known);
    char const* const bodies[] = {
        R"({"email":"me@example.com","password":"pass:word"})",
        "email=me%40example.com&password=pass%3Aword",
        "--B\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nme@example.com\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npass:word\r\n--B--\r\n"};
    for (std::string token = "t"; auto const* body : bodies) {
        token += 'x';
        auto const a = c.login(body, now, token);
        ASSERT_EQ(a.status, 200) << body;
        EXPECT_EQ(a.body,
                  R"({"access_token":")" + token +
                      R"(","token_type":"Bearer","expires_at":"2025-06-15T16:06:40.000000Z"})");
        EXPECT_TRUE(c.find("Bearer " + token, now + 59min).is_known);
        EXPECT_FALSE(c.find("Bearer " + token, now + 60min).is_known);
    }
}

TEST(login, wrong_or_incomplete_ones_get_the_documented_answers) {
    credentials c;
    ASSERT_TRUE(c.add_login("me@example.com:right"));
    EXPECT_EQ(c.login(R"({"email":"me@example.com","password":"wrong"})", now, "t").body,
              R"({"status":"error","message":"Invalid credentials"})");
    EXPECT_EQ(c.login(R"({"email":"me@example.com","password":"wrong"})", now, "t").status, 401);
    EXPECT_EQ(c.login("{}", now, "t").body,
              R"({"status":"error","message":"Missing required parameter: email"})");
    EXPECT_EQ(c.login("email=me", now, "t").body,
              R"({"status":"error","message":"Missing required parameter: password"})");
    EXPECT_EQ(c.login("{broken", now, "t").status, 400);
    EXPECT_EQ(c.login("--\r\n", now, "t").status, 400);
    EXPECT_FALSE(c.find("Bearer t", now).is_known);
    EXPECT_FALSE(c.add_login("no-colon"));
}

TEST(expiry_text, three_formats_are_those_of_the_vendors_pages) {
    EXPECT_EQ(expiry_text(now, expiry_format::iso_us), "2025-06-15T15:06:40.000000Z");
    EXPECT_EQ(expiry_text(now, expiry_format::iso), "2025-06-15T15:06:40Z");
    EXPECT_EQ(expiry_text(now, expiry_format::sql), "2025-06-15 15:06:40");
}

}  // namespace
}  // namespace setclick::sandbox
