#include "setclickd/api/excerpt.hpp"

#include <gtest/gtest.h>

namespace setclick::api {
namespace {

answer_view answer(std::string_view body) {
    answer_view out;
    out.status = 400;
    out.body = body;
    out.body_size = body.size();
    return out;
}

std::string shown(std::string_view body, std::vector<std::string_view> secrets = {}) {
    return excerpt(answer(body), secrets);
}

TEST(excerpt, ordinary_body_comes_out_as_it_is) {
    EXPECT_EQ(shown(R"({"status":"error","message":"Missing required parameter: account_id"})"),
              R"({"status":"error","message":"Missing required parameter: account_id"})");
    EXPECT_EQ(shown(""), "");
}

TEST(excerpt, secrets_go_wherever_they_stand) {
    EXPECT_EQ(shown("a tok1234 b tok1234", {"tok1234"}), "a *** b ***");
    EXPECT_EQ(shown("tok1234567", {"tok1234", "tok1234567"}), "***");
    EXPECT_EQ(shown("nothing", {""}), "nothing");
}

TEST(excerpt, secret_cut_off_at_the_kept_bodys_end_goes_too) {
    auto a = answer("invalid token tok12");
    a.body_size = 9000;
    std::vector<std::string_view> const secrets{"tok1234567890"};
    EXPECT_EQ(excerpt(a, secrets), "invalid token ***");
}

TEST(excerpt, addresses_and_tokens_are_masked_unasked) {
    EXPECT_EQ(shown("no user jane.doe+x@mail.example.com here"), "no user *** here");
    EXPECT_EQ(shown(R"({"email":"jane@example.com"})"), R"({"email":"***"})");
    EXPECT_EQ(shown("email=jane%40example.com&x=1").find("jane"), std::string::npos);
    EXPECT_EQ(shown(R"({"email":"jane\u0040example.com"})").find("jane"), std::string::npos);
    EXPECT_EQ(shown("jürgen@müller.de"), "***");
    EXPECT_EQ(shown("Authorization: Bearer abcdefgh12345"), "Authorization: Bearer ***");
    EXPECT_EQ(shown("token eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.x.y end"), "token *** end");
    EXPECT_EQ(shown("a @ b, @media, eyJ"), "a @ b, @media, eyJ");
}

TEST(excerpt, location_of_a_redirect_is_shown_and_masked) {
    auto a = answer("moved");
    a.location = "https://login.example/?token=tok1234&mail=a@b.example";
    std::vector<std::string_view> const secrets{"tok1234"};
    EXPECT_EQ(excerpt(a, secrets), "Location: https://login.example/?token=***&mail=*** moved");
}

TEST(excerpt, is_one_printable_line_of_bounded_size) {
    for (auto const* piece :
         {"x", "\n", "\x1b[31m", "é", "\xff", "\\", "\xE2\x80\xAE", "a@b ", "😀"}) {
        std::string body;
        while (body.size() < 2000)
            body += piece;
        auto const out = shown(body);
        EXPECT_LE(out.size(), excerpt_limit) << piece;
        EXPECT_EQ(out.find_first_of("\n\r\x1b"), std::string::npos);
    }
}

TEST(excerpt, masking_never_hangs) {
    std::string body;
    while (body.size() < 2048)
        body += "@Bearer eyJ%40";
    EXPECT_LE(shown(body, {"*", "***", "@"}).size(), excerpt_limit);
}

TEST(excerpt, a_secret_that_the_server_shortened_is_masked_too) {
    EXPECT_EQ(shown("not good: Jane Margaret…", {"Jane Margaret Smith"}), "not good: ***…");
    EXPECT_EQ(shown("Jane Mar and Jane Margaret Smithson", {"Jane Margaret Smith"}),
              "*** and ***son");
    EXPECT_EQ(shown("Jane M. is short", {"Jane Margaret Smith"}), "Jane M. is short");
}

TEST(personal_values, are_the_strings_and_numbers_that_a_server_might_echo) {
    event::view v;
    v.settings =
        R"({"email":"jane@example.com","n":{"phone":["+34 600 123 456",600123456,12]},"ok":true,"es":"es"})";
    v.lead = R"({"name":"Jos\u00e9 \"Pepe\"","value":198.09})";
    auto const got = personal_values(v);
    for (auto const* want : {"jane@example.com", "+34 600 123 456", "600123456", "198.09"})
        EXPECT_NE(std::find(got.begin(), got.end(), want), got.end()) << want;
    for (auto const* other : {"es", "12", "true", "email"})
        EXPECT_EQ(std::find(got.begin(), got.end(), other), got.end()) << other;
}

TEST(personal_values, are_masked_in_every_spelling_that_servers_use) {
    event::view v;
    v.settings = R"({"name":"José/\"Pepe\" 😀 Ruiz"})";
    auto const values = personal_values(v);
    std::vector<std::string_view> const secrets(values.begin(), values.end());
    for (auto const* echo :
         {"José/\"Pepe\" 😀 Ruiz", R"(José/\"Pepe\" 😀 Ruiz)", R"(José\/\"Pepe\" 😀 Ruiz)",
          R"(Jos\u00e9\/\"Pepe\" \ud83d\ude00 Ruiz)", R"(Jos\u00e9/\"Pepe\" \ud83d\ude00 Ruiz)",
          "Jos%C3%A9%2F%22Pepe%22+%F0%9F%98%80+Ruiz", "José/&quot;Pepe&quot; 😀 Ruiz"})
        EXPECT_EQ(shown(std::string("bad: ") + echo + " here", secrets), "bad: *** here") << echo;
}

TEST(personal_values, of_several_lines_are_masked_however_the_breaks_are_escaped) {
    event::view v;
    v.settings = R"({"address":"Anna Schmidt\nHauptstr. 5\n10115 Berlin","who":"Anna\tSchmidt"})";
    auto const values = personal_values(v);
    std::vector<std::string_view> const secrets(values.begin(), values.end());
    for (auto const* echo :
         {"Anna Schmidt\nHauptstr. 5\n10115 Berlin", R"(Anna Schmidt\nHauptstr. 5\n10115 Berlin)",
          R"(Anna Schmidt\\nHauptstr. 5\\n10115 Berlin)", R"(Anna\tSchmidt)", "Anna\tSchmidt",
          "Anna%20Schmidt%0AHauptstr.%205%0A10115%20Berlin",
          "Anna+Schmidt%0AHauptstr.+5%0A10115+Berlin"}) {
        auto const text = shown(std::string("bad: ") + echo + " here", secrets);
        for (auto const* part : {"Anna", "Schmidt", "Haupt", "10115", "Berlin"})
            EXPECT_EQ(text.find(part), std::string::npos) << echo << " -> " << text;
    }
}

}  // namespace
}  // namespace setclick::api
