#include "setclickd/api/accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::api {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto shop = "60a52f6ac660b269d13c3f53";
constexpr auto other = "70b63f53c660b269d13c52a6";
secret<std::string> const token{"eyJ-a-canary-token"};

TEST(accounts, the_envelope_of_the_documentation_and_the_recorded_bare_map_give_the_same) {
    auto const map = std::string("{\"") + shop + R"(":"Shop","70b63f53c660b269d13c52a6":null})";
    for (auto const& body : {R"({"status":"ok","data":)" + map + "}", map}) {
        auto const read = parse_accounts(body);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_THAT(*read, ElementsAre(named_account{shop, "Shop"}, named_account{other, ""}));
    }
}

TEST(accounts, a_user_without_any_is_an_empty_list_however_php_writes_it) {
    for (auto const* body :
         {R"({"status":"ok","data":{}})", R"({"status":"ok","data":[]})", "{}", "[]"}) {
        auto const read = parse_accounts(body);
        ASSERT_TRUE(read) << body;
        EXPECT_TRUE(read->empty()) << body;
    }
}

TEST(accounts, what_is_no_list_is_never_taken_for_one) {
    for (auto const* body :
         {"", "<html>Welcome to the hotel</html>", "null", "7", R"(["60a52f6ac660b269d13c3f53"])",
          R"({"message":"Welcome"})", R"({"maintenance":"until 9"})",
          R"({"60a52f6ac660b269d13c3f53":{"name":"x"}})", R"({"status":"ok"})",
          R"({"status":"ok","data":"none"})", R"({"status":"ok","data":["x"]})",
          R"({"status":"ok","data":{"":"x"}})"}) {
        auto const read = parse_accounts(body);
        ASSERT_FALSE(read) << body;
        EXPECT_EQ(read.error().code, errc::invalid_data) << body;
        EXPECT_THAT(read.error().message,
                    AllOf(HasSubstr("endpoint.accounts_path"), Not(HasSubstr("hotel")),
                          Not(HasSubstr("Welcome"))));
    }
    auto const refused = parse_accounts(R"({"status":"error","message":"Not for you"})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::refused);
    EXPECT_THAT(refused.error().message, HasSubstr("Not for you"));
}

TEST(accounts, each_refusal_names_its_cause_and_its_cure) {
    struct row {
        int status;
        errc code;
        char const* words;
    };
    for (auto const& r :
         {row{401, errc::config, "setclickd token"}, row{403, errc::config, "ask SealMetrics"},
          row{404, errc::config, "endpoint.accounts_path"}, row{302, errc::config, "base_url"},
          row{429, errc::unreachable, "try again"}, row{503, errc::unreachable, "try again"},
          row{400, errc::refused, "400"}}) {
        answer_view head;
        head.status = r.status;
        std::string const body = R"({"message":"no, eyJ-a-canary-token"})";
        head.body = body;
        auto const read = read_accounts(head, body, token);
        ASSERT_FALSE(read) << r.status;
        EXPECT_EQ(read.error().code, r.code) << r.status;
        EXPECT_THAT(read.error().message,
                    AllOf(HasSubstr(r.words), HasSubstr(std::to_string(r.status)),
                          Not(HasSubstr("canary"))));
    }
}

TEST(accounts, the_request_is_a_get_with_the_token_and_nothing_else_of_ours) {
    auto const made = accounts_request({"app.example", "/api/auth/accounts"}, token);
    ASSERT_TRUE(made);
    EXPECT_THAT(made->reveal(), AllOf(HasSubstr("GET /api/auth/accounts HTTP/1.1\r\n"),
                                      HasSubstr("Authorization: Bearer eyJ-a-canary-token\r\n")));
    EXPECT_FALSE(accounts_request({"app.example", "/x y"}, token));
}

}  // namespace
}  // namespace setclick::api
