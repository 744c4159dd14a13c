// The sandbox as a client meets it: over TLS, on a free port, in a directory of its own.
#include "sandbox/server.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "tls_client.hpp"

namespace setclick::sandbox {
namespace {

namespace json = boost::json;

std::int64_t count(running_sandbox const& s, char const* name) {
    return json::parse(s.stats()).at(name).to_number<std::int64_t>();
}

TEST(server, set_click_answers_as_documented_and_books) {
    running_sandbox const s;
    auto const client = s.connect();
    auto const ok = client->exchange(set_click_request());
    EXPECT_EQ(ok.status, 200);
    EXPECT_EQ(ok.header("Content-Length"), "0");
    EXPECT_EQ(ok.header("Content-Type"), "");

    // The first missing one is named, whatever else is missing.
    struct {
        char const* body;
        char const* name;
    } const cases[] = {
        {"", "account_id"},
        {"settings=1", "account_id"},
        {"account_id=a&settings=1", "url_parameters"},
        {"account_id=a&url_parameters=1", "click_time"},
        {"account_id=a&url_parameters=1&click_time=1&settings=", "settings"},
    };
    for (auto const& c : cases) {
        auto const bad = client->exchange(post_request("/api/auth/v1.0/set-click", c.body));
        EXPECT_EQ(bad.status, 400);
        EXPECT_EQ(bad.body,
                  std::string(R"({"status":"error","message":"Missing required parameter: )") +
                      c.name + "\"}");
        EXPECT_EQ(bad.header("Content-Type"), "application/json");
    }
    auto const stats = json::parse(s.stats());
    EXPECT_EQ(stats.at("requests"), 6);
    EXPECT_EQ(stats.at("booked"), 1);
    EXPECT_EQ(stats.at("by_status"), json::parse(R"({"200":1,"400":5})"));
    EXPECT_EQ(stats.at("connections"), 1);
    EXPECT_EQ(stats.at("open_connections"), 1);
    // stats has flushed both files.
    auto const book = s.file("book.ndjson");
    EXPECT_EQ(std::count(book.begin(), book.end(), '\n'), 1);
    EXPECT_EQ(json::parse(book).at("form").at("settings"), R"({"email":"user@example.com"})");
    auto const record = s.file("record.ndjson");
    EXPECT_EQ(std::count(record.begin(), record.end(), '\n'), 6);
    EXPECT_EQ(record.find("Bearer token"), std::string::npos);
}

TEST(server, tokens_and_logins_decide_who_may_call) {
    options o;
    o.tokens = {"token:60a52f6ac660b269d13c3f53"};
    o.logins = {"me@example.com:secret"};
    running_sandbox const s(o);
    EXPECT_EQ(s.once(set_click_request()).status, 200);
    auto foreign = set_click_request();
    foreign.replace(foreign.find("60a52f"), 6, "ffffff");
    EXPECT_EQ(s.once(foreign).status, 403);
    auto unknown = set_click_request();
    unknown.replace(unknown.find("Bearer token"), 12, "Bearer wrong");
    auto const refused = s.once(unknown);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.body, R"({"status":"error","message":"Unauthenticated"})");

    auto const login = s.once(
        post_request("/api/auth/login", R"({"email":"me@example.com","password":"secret"})"));
    ASSERT_EQ(login.status, 200);
    auto const token = std::string(json::parse(login.body).at("access_token").get_string());
    auto issued = set_click_request();
    issued.replace(issued.find("Bearer token"), 12, "Bearer " + token);
    EXPECT_EQ(s.once(issued).status, 200);
    EXPECT_EQ(s.file("record.ndjson").find(token), std::string::npos);
}

TEST(server, paths_and_methods_that_are_not_there_are_refused) {
    running_sandbox const s;
    EXPECT_EQ(s.once(get_request("/api/nothing")).status, 404);
    EXPECT_EQ(s.once(get_request("/")).status, 404);
    auto const wrong = s.once(get_request("/api/auth/v1.0/set-click"));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), "POST");
    EXPECT_EQ(s.once(get_request("/_sandbox/nothing")).status, 404);
    EXPECT_EQ(count(s, "requests"), 3);
}

TEST(server, configuration_names_the_port_and_an_authority_that_is_found_from_anywhere) {
    running_sandbox const s;
    auto const text = s.get().configuration();
    EXPECT_EQ(text.find("[endpoint]\nbase_url = \"https://127.0.0.1:" + std::to_string(s.port()) +
                        "/api\"\n"),
              0U)
        << text;
    EXPECT_NE(text.find("ca_file = \"/"), std::string::npos) << text;
}

TEST(server, report_shows_booked_microconversions) {
    options o;
    o.service.compress = coding_choice::gzip;
    running_sandbox const s(o);
    EXPECT_EQ(s.once(set_click_request(
                         "&lead=%7B%22microconversion%22%3A%221%22%2C%22label%22%3A%22call%22%7D"))
                  .status,
              200);
    EXPECT_EQ(s.once(set_click_request()).status, 200);
    auto const target = std::string(
        "/api/report/"
        "microconversions?account_id=60a52f6ac660b269d13c3f53&date_range=20211020,20211020");
    auto const plain = s.once(get_request(target));
    ASSERT_EQ(plain.status, 200);
    auto const page = json::parse(plain.body);
    ASSERT_EQ(page.at("data").get_array().size(), 1U);
    EXPECT_EQ(page.at("data").at(0).at("label"), "call");
    auto const packed = s.once(get_request(target, "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
    EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
    EXPECT_EQ(s.once(get_request("/api/report/microconversions")).body,
              R"({"status":"error","message":"Missing required parameter: account_id"})");
    EXPECT_EQ(count(s, "report_rows"), 1);
}

TEST(server, requests_in_pieces_in_chunks_and_in_a_row_are_understood) {
    running_sandbox const s;
    auto const client = s.connect();
    auto const whole = set_click_request();
    for (std::size_t cut : {1UL, 20UL, whole.find("\r\n\r\n") + 2, whole.size() - 1}) {
        ASSERT_TRUE(client->send(whole.substr(0, cut)));
        std::this_thread::sleep_for(2ms);
        EXPECT_EQ(client->exchange(whole.substr(cut)).status, 200) << cut;
    }
    // Two at once: two answers, in order.
    ASSERT_TRUE(client->send(whole + get_request("/api/nothing") + whole));
    EXPECT_EQ(client->read_response().status, 200);
    EXPECT_EQ(client->read_response().status, 404);
    EXPECT_EQ(client->read_response().status, 200);

    auto const chunked = std::string(
        "POST /api/auth/v1.0/set-click HTTP/1.1\r\nHost: x\r\n"
        "Authorization: Bearer t\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\r\n"
        "c\r\naccount_id=a\r\n12\r\n&url_parameters=1&\r\n"
        "17\r\nclick_time=1&settings=1\r\n0\r\n\r\n");
    EXPECT_EQ(client->exchange(chunked).status, 200);

    // A client that waits for leave to send gets it.
    auto waiting = set_click_request();
    waiting.insert(waiting.find("Accept:"), "Expect: 100-continue\r\n");
    auto const body_at = waiting.find("\r\n\r\n") + 4;
    ASSERT_TRUE(client->send(waiting.substr(0, body_at)));
    EXPECT_EQ(client->read_response().status, 100);
    EXPECT_EQ(client->exchange(waiting.substr(body_at)).status, 200);
    EXPECT_EQ(count(s, "booked"), 8);
}

TEST(server, large_and_broken_requests_get_an_answer_and_a_close) {
    running_sandbox const s;
    auto const large =
        post_request("/api/auth/v1.0/set-click", "account_id=" + std::string(300'000, 'x'));
    EXPECT_EQ(s.once(large).status, 400);
    struct {
        std::string bytes;
        int status;
    } const cases[] = {
        {"no http at all\r\n\r\n", 400},
        {get_request("/", "X: " + std::string(100'000, 'x') + "\r\n"), 431},
        {"POST /api/auth/v1.0/set-click HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
    };
    for (auto const& c : cases) {
        auto const client = s.connect();
        auto const answer = client->exchange(c.bytes);
        EXPECT_EQ(answer.status, c.status);
        EXPECT_EQ(answer.header("Connection"), "close");
    }
    EXPECT_EQ(count(s, "requests"), 4);
}

TEST(server, a_client_that_leaves_inside_a_request_is_recorded_as_incomplete) {
    running_sandbox const s;
    {
        auto const client = s.connect();
        auto const whole = set_click_request();
        ASSERT_TRUE(client->send(whole.substr(0, whole.size() - 5)));
    }
    for (int i = 0; i < 2000 && count(s, "incomplete") == 0; ++i)
        std::this_thread::sleep_for(5ms);
    auto const stats = json::parse(s.stats());
    EXPECT_EQ(stats.at("incomplete"), 1);
    EXPECT_EQ(stats.at("booked"), 0);
    EXPECT_EQ(stats.at("by_status"), json::parse(R"({"0":1})"));
    EXPECT_NE(s.file("record.ndjson").find("\"complete\":false"), std::string::npos);
}

TEST(server, connection_close_is_obeyed) {
    running_sandbox const s;
    auto const client = s.connect();
    auto request = set_click_request();
    request.insert(request.find("Accept:"), "Connection: close\r\n");
    auto const answer = client->exchange(request);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(client->read_rest(60s), "");
    EXPECT_EQ(client->end(), end_of_stream::orderly);
}

TEST(server, sessions_are_resumed_by_tickets) {
    running_sandbox const s;
    auto const first = s.connect();
    EXPECT_EQ(first->exchange(set_click_request()).status,
              200);  // the tickets come with the answer
    auto* const session = SSL_get1_session(first->ssl());
    tls_client second(s.port(), s.ca(), session);
    SSL_SESSION_free(session);
    EXPECT_EQ(second.exchange(set_click_request()).status, 200);
    EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
    EXPECT_STREQ(SSL_get_version(second.ssl()), "TLSv1.3");
}

TEST(server, several_threads_count_and_book_exactly) {
    options o;
    o.threads = 3;
    running_sandbox s(o);
    std::vector<std::thread> clients;
    for (int i = 0; i < 6; ++i)
        clients.emplace_back([&] {
            auto const client = s.connect();
            for (int n = 0; n < 200; ++n)
                EXPECT_EQ(client->exchange(set_click_request()).status, 200);
        });
    for (auto& t : clients)
        t.join();
    EXPECT_EQ(count(s, "booked"), 1200);
    s.stop();
    auto const book = s.file("book.ndjson");
    EXPECT_EQ(std::count(book.begin(), book.end(), '\n'), 1200);
}

TEST(server, raw_record_is_what_was_sent_byte_for_byte) {
    temporary_directory const dir;
    options o;
    o.record_raw = dir / "raw.bin";
    running_sandbox s(o);
    auto const first = set_click_request();
    auto const second = get_request("/api/nothing");
    auto const client = s.connect();
    EXPECT_EQ(client->exchange(first).status, 200);
    EXPECT_EQ(client->exchange(second).status, 404);
    s.stop();
    std::ifstream in(dir / "raw.bin", std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), first + second);
}

TEST(server, what_cannot_be_opened_is_said) {
    temporary_directory const dir;
    auto const message = [&](auto change) {
        options o;
        o.listen = "127.0.0.1:0";
        o.dir = dir / "state";
        change(o);
        auto const opened = server::open(std::move(o));
        return opened ? std::string() : opened.error().message;
    };
    EXPECT_EQ(message([](options&) {}), "");
    EXPECT_NE(message([](options& o) { o.listen = "nonsense"; }).find("--listen"),
              std::string::npos);
    EXPECT_NE(message([](options& o) { o.listen = "127.0.0.1:99999"; }).find("--listen"),
              std::string::npos);
    EXPECT_NE(message([](options& o) { o.token_files = {"/nonexistent"}; }).find("/nonexistent"),
              std::string::npos);
    EXPECT_NE(message([](options& o) { o.book = "/nonexistent/book"; }).find("/nonexistent/book"),
              std::string::npos);
    EXPECT_NE(message([](options& o) {
                  o.certificate = "/nonexistent.pem";
                  o.key = "/nonexistent.key";
              }).find("/nonexistent.pem"),
              std::string::npos);
    running_sandbox const taken;
    EXPECT_NE(message([&](options& o) {
                  o.listen = "127.0.0.1:" + std::to_string(taken.port());
              }).find("cannot listen"),
              std::string::npos);
}

}  // namespace
}  // namespace setclick::sandbox
