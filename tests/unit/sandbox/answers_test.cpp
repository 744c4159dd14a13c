#include "sandbox/answers.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace setclick::sandbox {
namespace {

constexpr char const* date = "Sun, 06 Nov 1994 08:49:37 GMT";

std::string response(answer const& a, bool keep_alive = true) {
    std::string out;
    append_response(out, a, date, keep_alive);
    return out;
}

// The three answers of the vendor's set-click page; this is the whole wire form.
TEST(answers, accepted_is_200_with_no_body) {
    EXPECT_EQ(response(accepted()),
              std::string("HTTP/1.1 200 OK\r\nDate: ") + date + "\r\nContent-Length: 0\r\n\r\n");
}

TEST(answers, missing_parameter_is_the_documented_400) {
    auto const a = missing_parameter("account_id");
    EXPECT_EQ(a.status, 400);
    EXPECT_EQ(a.body, R"({"status":"error","message":"Missing required parameter: account_id"})");
    EXPECT_EQ(a.content_type, "application/json");
}

TEST(answers, unknown_token_is_the_documented_401) {
    EXPECT_EQ(
        response(unauthenticated(), false),
        std::string("HTTP/1.1 401 Unauthorized\r\nDate: ") + date +
            "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 46\r\n"
            "\r\n{\"status\":\"error\",\"message\":\"Unauthenticated\"}");
    EXPECT_EQ(invalid_credentials().body, R"({"status":"error","message":"Invalid credentials"})");
}

TEST(answers, all_429_bodies_are_json_and_name_the_wait_where_the_vendor_does) {
    for (auto const shape :
         {throttle_shape::message, throttle_shape::details, throttle_shape::code}) {
        auto const a = throttled(shape, {60, 7});
        EXPECT_EQ(a.status, 429);
        EXPECT_NO_THROW(boost::json::parse(a.body));
    }
    auto const details = boost::json::parse(throttled(throttle_shape::details, {60, 7}).body);
    EXPECT_EQ(details.at("error").at("details").at("retry_after").as_int64(), 7);
}

TEST(answers, chunked_body_has_hexadecimal_sizes_and_an_end) {
    auto a = json_answer(std::string(5000, 'x'));
    a.chunked = true;
    auto const text = response(a);
    EXPECT_NE(text.find("\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"), std::string::npos);
    EXPECT_NE(text.find("\r\n388\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n0\r\n\r\n"));
    EXPECT_EQ(text.find("Content-Length"), std::string::npos);
}

TEST(answers, statuses_without_a_body_send_none) {
    auto a = default_answer(204);
    a.body = "not sent";
    EXPECT_EQ(response(a), std::string("HTTP/1.1 204 No Content\r\nDate: ") + date + "\r\n\r\n");
    EXPECT_TRUE(default_answer(200).body.empty());
    EXPECT_EQ(default_answer(503).body, R"({"status":"error","message":"Service Unavailable"})");
}

TEST(answers, interim_responses_take_turns) {
    std::string out;
    append_interim(out, 0);
    EXPECT_EQ(out, "HTTP/1.1 100 Continue\r\n\r\n");
    append_interim(out, 1);
    EXPECT_NE(out.find("HTTP/1.1 103 Early Hints\r\n"), std::string::npos);
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(http_date, known_instant_is_the_example_of_the_standard) {
    EXPECT_EQ(http_date(from_ms(784'111'777'999)), date);
}

}  // namespace
}  // namespace setclick::sandbox
