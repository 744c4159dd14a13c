#include "net/answer_parser.hpp"

#include <gtest/gtest.h>

namespace setclick::net {
namespace {

using state = answer_parser::state;

struct fed {
    state last = state::more;
    std::string rest;
};

/// Feeds as a connection does: what was not used is kept and given again with what follows.
fed feed(answer_parser& parser, std::string_view all, std::size_t piece) {
    fed out;
    std::size_t at = 0;
    while (at < all.size() && out.last == state::more) {
        auto const n = std::min(piece, all.size() - at);
        out.rest += all.substr(at, n);
        at += n;
        std::size_t used = 0;
        out.last = parser.put(out.rest, used);
        out.rest.erase(0, used);
    }
    out.rest += all.substr(at);
    return out;
}

std::string const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

TEST(answer_parser, a_complete_answer_in_pieces_of_any_size_is_read_the_same) {
    std::string const text =
        "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nx-ratelimit-remaining: 0\r\nContent-Type: "
        "application/json\r\nContent-Length: 11\r\n\r\n{\"a\":\"bcd\"}";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        answer_parser parser;
        auto const out = feed(parser, text, piece);
        ASSERT_EQ(out.last, state::complete) << piece;
        auto const a = parser.answer();
        EXPECT_EQ(a.status, 429);
        EXPECT_EQ(a.retry_after, "7");
        EXPECT_EQ(a.remaining, "0");
        EXPECT_EQ(a.content_type, "application/json");
        EXPECT_EQ(a.body, "{\"a\":\"bcd\"}");
        EXPECT_EQ(a.body_size, 11U);
        EXPECT_TRUE(parser.keep_alive());
        EXPECT_TRUE(out.rest.empty());
    }
}

TEST(answer_parser, informational_answers_are_passed_over) {
    answer_parser parser;
    auto const out =
        feed(parser,
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok, 1000);
    EXPECT_EQ(out.last, state::complete);
    EXPECT_EQ(parser.answer().status, 200);
}

TEST(answer_parser, endless_informational_answers_and_a_switch_of_protocols_are_malformed) {
    answer_parser endless;
    std::string many;
    for (int i = 0; i < 20; ++i)
        many += "HTTP/1.1 103 Early Hints\r\n\r\n";
    EXPECT_EQ(feed(endless, many, 64).last, state::malformed);
    answer_parser upgrade;
    EXPECT_EQ(feed(upgrade, "HTTP/1.1 101 Switching Protocols\r\n\r\n", 64).last, state::malformed);
}

TEST(answer_parser, a_second_answer_behind_the_first_is_left_over) {
    answer_parser parser;
    auto const out = feed(parser, ok + "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 1000);
    EXPECT_EQ(out.last, state::complete);
    EXPECT_EQ(parser.answer().status, 200);
    EXPECT_FALSE(out.rest.empty());
}

TEST(answer_parser, an_answer_ended_by_close_says_so_and_is_never_reused) {
    answer_parser parser;
    EXPECT_EQ(feed(parser, "HTTP/1.1 200 OK\r\n\r\nhello", 7).last, state::more);
    EXPECT_EQ(parser.put_end(), state::complete);
    EXPECT_TRUE(parser.answer().ended_by_close);
    EXPECT_FALSE(parser.keep_alive());
}

TEST(answer_parser, a_close_before_or_inside_an_answer_is_malformed) {
    answer_parser nothing;
    EXPECT_EQ(nothing.put_end(), state::malformed);
    answer_parser header;
    feed(header, "HTTP/1.1 200 OK\r\nConte", 100);
    EXPECT_EQ(header.put_end(), state::malformed);
    answer_parser body;
    feed(body, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 100);
    EXPECT_EQ(body.put_end(), state::malformed);
}

TEST(answer_parser, connection_close_and_http_1_0_are_not_kept_alive) {
    answer_parser close;
    feed(close, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 100);
    EXPECT_FALSE(close.keep_alive());
    answer_parser old;
    feed(old, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 100);
    EXPECT_FALSE(old.keep_alive());
}

TEST(answer_parser, garbage_and_lies_about_the_length_are_malformed) {
    for (auto const* text :
         {"\x16\x03\x01garbage\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551621\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
          "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "HTTP/2 200\r\n\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST / HTTP/1.1\r\n\r\n",
          "220 mail.example ESMTP\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        answer_parser parser;
        EXPECT_EQ(feed(parser, text, 1000).last, state::malformed) << text;
    }
}

TEST(answer_parser, a_nul_in_a_header_is_malformed) {
    using namespace std::string_view_literals;
    answer_parser parser;
    EXPECT_EQ(
        feed(parser, "HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n"sv, 1000).last,
        state::malformed);
}

TEST(answer_parser, a_header_over_the_limit_is_oversized_whether_in_one_line_or_in_many) {
    for (auto const& part : {std::string("X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
                             std::string(50, 'a')}) {
        answer_parser parser;
        std::string text = "HTTP/1.1 200 OK\r\nX-First: ";
        while (text.size() < std::size_t{4} * answer_parser::header_limit)
            text += part;
        EXPECT_EQ(feed(parser, text, 4096).last, state::oversized) << part;
    }
}

TEST(answer_parser, a_trailer_over_the_limit_does_not_complete) {
    answer_parser parser;
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    while (text.size() < std::size_t{4} * answer_parser::header_limit)
        text += "X-Trailer: aaaaaaaaaaaaaaaaaaaaa\r\n";
    EXPECT_NE(feed(parser, text, 4096).last, state::complete);
}

TEST(answer_parser, a_204_takes_no_body_and_what_follows_is_left_over) {
    answer_parser parser;
    auto const out =
        feed(parser, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", 1000);
    EXPECT_EQ(out.last, state::complete);
    EXPECT_EQ(parser.answer().body_size, 0U);
    EXPECT_FALSE(out.rest.empty());
}

TEST(answer_parser, a_body_over_the_limit_is_oversized_and_only_its_beginning_is_kept) {
    answer_parser declared;
    EXPECT_EQ(feed(declared, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 100).last,
              state::oversized);

    answer_parser chunked;
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 300; ++i)
        text += "1000\r\n" + std::string(4096, 'x') + "\r\n";
    EXPECT_EQ(feed(chunked, text, 8192).last, state::oversized);
    EXPECT_EQ(chunked.answer().body.size(), answer_parser::kept_body);
}

TEST(answer_parser, used_again_remembers_nothing) {
    answer_parser parser;
    feed(parser, "HTTP/1.1 302 Found\r\nLocation: https://x/\r\nContent-Length: 2\r\n\r\nab", 100);
    parser.reset();
    EXPECT_FALSE(parser.began());
    EXPECT_EQ(feed(parser, ok, 5).last, state::complete);
    EXPECT_TRUE(parser.answer().location.empty());
    EXPECT_TRUE(parser.answer().body.empty());
    EXPECT_EQ(parser.answer().body_size, 0U);
}

std::string with_body(std::string_view head, std::string_view body) {
    return "HTTP/1.1 200 OK\r\n" + std::string(head) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// gzip of {"status":"ok"}
constexpr std::string_view zipped{
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\x2e\x49\x2c\x29\x2d\x56\xb2\x52\xca\xcf"
    "\x56"
    "\xaa\x05\x00\xdd\xed\x13\x1d\x0f\x00\x00\x00",
    35};

TEST(answer_parser, a_coded_body_is_decoded_whether_or_not_a_field_says_so) {
    for (auto const* head : {"Content-Encoding: gzip\r\n", "Content-Encoding: x-gzip\r\n", ""}) {
        for (std::size_t const piece : {1, 7, 1000}) {
            answer_parser parser;
            EXPECT_EQ(feed(parser, with_body(head, zipped), piece).last, state::complete);
            EXPECT_EQ(parser.answer().body, R"({"status":"ok"})") << head;
            EXPECT_EQ(parser.answer().body_size, 15U) << head;
        }
    }
}

TEST(answer_parser, a_coding_that_is_damaged_cut_or_unknown_never_reads_as_whole) {
    struct {
        char const* head;
        std::string body;
    } const table[] = {
        {"Content-Encoding: gzip\r\n", std::string(zipped.substr(0, zipped.size() - 5))},
        {"Content-Encoding: gzip\r\n", std::string(zipped) + "x"},
        {"Content-Encoding: gzip\r\n", R"({"status":"ok"})" + std::string(3000, ' ')},
        {"Content-Encoding: zstd\r\n", std::string(zipped)},
    };
    for (auto const& row : table) {
        answer_parser parser;
        feed(parser, with_body(row.head, row.body), 1000);
        auto const a = parser.answer();
        EXPECT_FALSE(a.body == R"({"status":"ok"})" && a.body_size == a.body.size()) << row.head;
    }
}

TEST(answer_parser, repeated_fields_walls_and_old_versions_are_noted) {
    answer_parser parser;
    feed(parser,
         "HTTP/1.0 429 Too Many\r\nRetry-After: 1\r\nRetry-After: 5\r\nRateLimit: \"a\";r=0;t=4\r\n"
         "RateLimit-Policy: \"a\";q=60;w=60\r\nRateLimit-Reset: 9\r\nCF-Mitigated: challenge\r\n"
         "Content-Length: 0\r\n\r\n",
         1000);
    auto const a = parser.answer();
    EXPECT_EQ(a.retry_after, "1\n5");
    EXPECT_EQ(a.rate_limit, "\"a\";r=0;t=4");
    EXPECT_EQ(a.rate_policy, "\"a\";q=60;w=60");
    EXPECT_EQ(a.reset, "9");
    EXPECT_EQ(a.wall, "cf-mitigated: challenge");
    EXPECT_TRUE(a.http_1_0);
    parser.reset();
    feed(parser, ok, 1000);
    EXPECT_EQ(parser.answer().wall, "");
    EXPECT_EQ(parser.answer().retry_after, "");
    EXPECT_FALSE(parser.answer().http_1_0);
}

TEST(answer_parser, a_connection_that_another_may_do_better_is_not_kept) {
    for (auto const& [status, kept] : {std::pair{200, true},
                                       {400, true},
                                       {429, true},
                                       {500, true},
                                       {503, true},
                                       {421, false},
                                       {408, false},
                                       {425, false},
                                       {431, false},
                                       {502, false},
                                       {520, false},
                                       {522, false}}) {
        answer_parser parser;
        feed(parser, "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\n\r\n",
             1000);
        EXPECT_EQ(parser.keep_alive(), kept) << status;
    }
}

}  // namespace
}  // namespace setclick::net
