// Every scripted fault, seen from the client's side of a TLS connection.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <chrono>

#include "tls_client.hpp"

namespace setclick::sandbox {
namespace {

namespace json = boost::json;

class server_faults : public testing::Test {
protected:
    void faults(std::string const& text) { ASSERT_EQ(s_.set_faults(text), 200) << text; }
    json::value stats() const { return json::parse(s_.stats()); }
    response post() const { return s_.once(set_click_request()); }

    static milliseconds since(steady_time start) {
        return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    }

    running_sandbox s_;
};

TEST_F(server_faults, are_shown_replaced_and_refused_when_wrong) {
    faults(R"({"fail_share":1,"fail_status":503,"retry_after":7})");
    auto const answer = post();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "7");
    EXPECT_EQ(s_.set_faults(R"({"fail_share":7})"), 400);
    EXPECT_EQ(post().status, 503);
    auto const shown = json::parse(s_.once(get_request("/_sandbox/faults")).body);
    EXPECT_EQ(shown.at("fail_status"), 503);
    faults("{}");
    EXPECT_EQ(post().status, 200);
    auto const counted = stats();
    EXPECT_EQ(counted.at("requests"), 3);
    EXPECT_EQ(counted.at("booked"), 1);
    EXPECT_EQ(counted.at("by_fault"), json::parse(R"({"fail":2})"));
}

TEST_F(server_faults, refusals_book_only_when_told_to) {
    faults(R"({"fail_share":1,"fail_books":true})");
    EXPECT_EQ(post().status, 500);
    faults(R"({"throttle_share":1,"retry_after_raw":"Fri, 31 Dec 1999 23:59:59 GMT"})");
    auto const throttled = post();
    EXPECT_EQ(throttled.status, 429);
    EXPECT_EQ(throttled.header("Retry-After"), "Fri, 31 Dec 1999 23:59:59 GMT");
    EXPECT_EQ(throttled.body, R"({"message":"Too Many Attempts."})");
    faults(R"({"status":200,"body":"<html>Log in</html>"})");
    auto const foreign = post();
    EXPECT_EQ(foreign.status, 200);
    EXPECT_EQ(foreign.body, "<html>Log in</html>");
    EXPECT_EQ(foreign.header("Content-Type"), "text/html; charset=UTF-8");
    EXPECT_EQ(stats().at("booked"), 1);
    faults(R"({"status":502,"status_books":true})");
    EXPECT_EQ(post().status, 502);
    EXPECT_EQ(stats().at("booked"), 2);
}

TEST_F(server_faults, redirect_and_status_for_an_account_answer_so) {
    faults(R"({"status":302,"header":["Location: https://example.com/","X-A: b"]})");
    auto const redirect = post();
    EXPECT_EQ(redirect.status, 302);
    EXPECT_EQ(redirect.header("Location"), "https://example.com/");
    EXPECT_EQ(redirect.header("X-A"), "b");
    EXPECT_EQ(s_.once(get_request("/api/report/microconversions")).status, 302);
    faults(R"({"status_for":["60a52f6ac660b269d13c3f53=401"]})");
    EXPECT_EQ(post().status, 401);
    auto other = set_click_request();
    other.replace(other.find("60a52f"), 6, "ffffff");
    EXPECT_EQ(s_.once(other).status, 200);
    EXPECT_EQ(stats().at("by_fault"), json::parse(R"({"status":2,"status_for":1})"));
}

TEST_F(server_faults, resets_are_resets_and_book_as_they_say) {
    struct {
        char const* name;
        int booked;
    } const cases[] = {{"reset_before_read", 0}, {"reset_after_read", 0}, {"reset_after_book", 1}};
    for (auto const& c : cases) {
        auto const before = stats().at("booked").to_number<int>();
        faults(std::string("{\"") + c.name + "\":1}");
        auto const client = s_.connect();
        EXPECT_EQ(client->exchange(set_click_request()).status, 0);
        EXPECT_EQ(client->end(), end_of_stream::reset) << c.name;
        EXPECT_EQ(stats().at("booked").to_number<int>() - before, c.booked) << c.name;
        EXPECT_EQ(stats().at("by_fault").at(c.name), 1);
    }
    EXPECT_EQ(stats().at("by_status"), json::parse(R"({"0":3})"));
}

TEST_F(server_faults, stalls_say_nothing_and_book_as_they_say) {
    for (auto const* name : {"stall", "stall_after_book"}) {
        faults(std::string("{\"") + name + "\":1}");
        auto const client = s_.connect();
        ASSERT_TRUE(client->send(set_click_request()));
        EXPECT_EQ(client->read_rest(100ms), "");
        EXPECT_EQ(client->end(), end_of_stream::timeout);
    }
    EXPECT_EQ(stats().at("booked"), 1);
    // The clients have gone: so have their connections.
    for (int i = 0; i < 2000 && stats().at("open_connections") != 0; ++i)
        std::this_thread::sleep_for(5ms);
    EXPECT_EQ(stats().at("open_connections"), 0);
}

TEST_F(server_faults, slow_and_late_answers_are_whole_and_booked) {
    faults(R"({"slow_bytes":1,"slow_interval":"1ms"})");
    auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(post().status, 200);
    EXPECT_GE(since(start), 60ms);
    faults(R"({"late_answer":["150ms",1]})");
    start = std::chrono::steady_clock::now();
    EXPECT_EQ(post().status, 200);
    EXPECT_GE(since(start), 150ms);
    faults(R"({"latency":"60ms"})");
    start = std::chrono::steady_clock::now();
    EXPECT_EQ(post().status, 200);
    EXPECT_GE(since(start), 60ms);
    EXPECT_EQ(stats().at("booked"), 3);
}

TEST_F(server_faults, interim_answers_come_before_each_answer) {
    faults(R"({"informational":3})");
    auto const client = s_.connect();
    for (int round = 0; round < 4; ++round) {
        ASSERT_TRUE(client->send(set_click_request()));
        EXPECT_EQ(client->read_response().status, 100);
        EXPECT_EQ(client->read_response().status, 103);
        EXPECT_EQ(client->read_response().status, 100);
        EXPECT_EQ(client->read_response().status, 200);
    }
}

TEST_F(server_faults, double_responses_are_two_whole_answers) {
    faults(R"({"double_response":true})");
    auto const client = s_.connect();
    for (int round = 0; round < 4; ++round) {
        ASSERT_TRUE(client->send(set_click_request()));
        EXPECT_EQ(client->read_response().status, 200);
        EXPECT_EQ(client->read_response().status, 200);
    }
    EXPECT_EQ(stats().at("booked"), 4);
    EXPECT_EQ(stats().at("by_fault"), json::parse(R"({"double_response":4})"));
}

TEST_F(server_faults, connections_close_after_their_share_or_when_idle) {
    faults(R"({"close_every":3})");
    auto const client = s_.connect();
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(client->exchange(set_click_request()).header("Connection"), "");
    EXPECT_EQ(client->exchange(set_click_request()).header("Connection"), "close");
    EXPECT_EQ(client->read_rest(60s), "");
    EXPECT_EQ(client->end(), end_of_stream::orderly);

    faults(R"({"idle_close":"100ms"})");
    auto idle = s_.connect();
    auto start = std::chrono::steady_clock::now();
    // On a machine that stands still it is idle before the client has said anything.
    auto status = idle->exchange(set_click_request()).status;
    for (int i = 0; i < 20 && status == 0; ++i) {
        idle = s_.connect();
        start = std::chrono::steady_clock::now();
        status = idle->exchange(set_click_request()).status;
    }
    EXPECT_EQ(status, 200);
    EXPECT_EQ(idle->read_rest(60s), "");
    EXPECT_EQ(idle->end(), end_of_stream::orderly);
    EXPECT_GE(since(start), 90ms);
}

TEST_F(server_faults, the_real_limit_answers_429_with_its_headers) {
    faults(
        R"({"rate_per_minute":600,"burst":2,"rate_headers":true,"rate_reset":"delta","retry_after":"auto",
               "throttle_body":"details"})");
    auto const client = s_.connect();
    auto const first = client->exchange(set_click_request());
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.header("X-RateLimit-Limit"), "600");
    EXPECT_EQ(first.header("X-RateLimit-Remaining"), "1");
    EXPECT_EQ(first.header("X-RateLimit-Reset"), "1");
    response refused;
    for (int i = 0; i < 50 && refused.status != 429; ++i)
        refused = client->exchange(set_click_request());
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(refused.header("X-RateLimit-Remaining"), "0");
    EXPECT_EQ(json::parse(refused.body).at("error").at("details").at("limit"), 600);
    std::this_thread::sleep_for(150ms);
    EXPECT_EQ(client->exchange(set_click_request()).status, 200);
}

TEST_F(server_faults, shares_hold_over_many_requests_and_the_book_agrees) {
    faults(R"({"seed":5,"fail_share":0.2,"throttle_share":0.1})");
    auto const client = s_.connect();
    int accepted = 0;
    for (int i = 0; i < 1000; ++i)
        accepted += client->exchange(set_click_request()).status == 200 ? 1 : 0;
    auto const counted = stats();
    EXPECT_EQ(counted.at("booked"), accepted);
    EXPECT_NEAR(counted.at("by_fault").at("fail").to_number<int>(), 200, 40);
    EXPECT_NEAR(counted.at("by_fault").at("throttle").to_number<int>(), 100, 30);
    auto const book = s_.file("book.ndjson");
    EXPECT_EQ(std::count(book.begin(), book.end(), '\n'), accepted);
}

TEST_F(server_faults, leave_other_endpoints_alone_unless_asked) {
    faults(R"({"fail_share":1})");
    auto const report = get_request("/api/report/microconversions?account_id=a&date_range=today");
    EXPECT_EQ(s_.once(report).status, 200);
    faults(R"({"fail_share":1,"faults_on":"report"})");
    EXPECT_EQ(s_.once(report).status, 500);
    EXPECT_EQ(post().status, 200);
}

}  // namespace
}  // namespace setclick::sandbox
