// One request and its answer as a table: what was handed over, what came back, and how it ended.
#include "net/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace setclick::net {
namespace {

using api::transport_failure;
using api::wire_phase;
using state = exchange::state;

constexpr steady_time start{};
constexpr auto good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class net_exchange : public testing::Test {
protected:
    void begin(std::string request = "0123456789") {
        x.clear();
        x.request = std::move(request);
        x.ticket = 7;
        x.begin(start + 60s);
    }
    void send_all() { x.on_sent(x.unsent().size(), start + 30s); }
    void receive(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const room = x.room();
            auto const n = std::min(room.size(), bytes.size());
            std::copy_n(bytes.begin(), n, room.begin());
            bytes.remove_prefix(n);
            x.on_received(n);
            if (x.is_over()) return;
        }
    }
    wire_phase phase(bool nothing_left = false) { return x.end(nothing_left).phase; }

    std::unique_ptr<exchange> owned = std::make_unique<exchange>();
    exchange& x = *owned;
};

TEST_F(net_exchange, a_complete_answer_ends_it_and_the_connection_may_go_on) {
    begin();
    EXPECT_EQ(x.unsent(), "0123456789");
    x.on_sent(4, start + 30s);
    EXPECT_EQ(x.unsent(), "456789");
    send_all();
    EXPECT_TRUE(x.unsent().empty());
    receive("HTTP/1.1 200 OK\r\nContent-");
    EXPECT_FALSE(x.is_over());
    receive("Length: 2\r\n\r\nok");
    ASSERT_EQ(x.at(), state::answered);
    EXPECT_TRUE(x.may_reuse());
    auto const end = x.end(false);
    EXPECT_EQ(end.ticket, 7U);
    EXPECT_EQ(end.phase, wire_phase::answered);
    ASSERT_TRUE(end.answer);
    EXPECT_EQ(end.answer->status, 200);
    EXPECT_EQ(end.answer->body, "ok");

    begin();
    EXPECT_EQ(x.at(), state::running);
    EXPECT_EQ(x.unsent(), "0123456789");
}

TEST_F(net_exchange, an_answer_before_the_whole_request_was_sent_counts_and_ends_the_connection) {
    begin();
    x.on_sent(4, start + 30s);
    receive("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(x.at(), state::answered);
    EXPECT_EQ(x.end(false).answer->status, 413);
    EXPECT_FALSE(x.may_reuse());
}

TEST_F(net_exchange, bytes_after_the_answer_end_the_connection) {
    begin();
    send_all();
    receive(std::string(good) + "HTTP/1.1 200");
    EXPECT_EQ(x.at(), state::answered);
    EXPECT_FALSE(x.may_reuse());
}

TEST_F(net_exchange, the_phase_of_a_failure_never_says_less_than_may_have_been_sent) {
    begin();
    x.fail(transport_failure::reset, "");
    EXPECT_EQ(phase(true), wire_phase::not_sent);
    EXPECT_EQ(phase(false), wire_phase::partly_sent) << "TLS kept what it was given";

    begin();
    x.on_sent(4, start + 30s);
    x.fail(transport_failure::reset, "");
    EXPECT_EQ(phase(), wire_phase::partly_sent);
    x.on_sent(6, start + 30s);
    EXPECT_EQ(phase(), wire_phase::sent) << "the write under way had ended well";

    begin();
    send_all();
    receive("HTTP/1.1 2");
    x.fail(transport_failure::reset, "");
    EXPECT_EQ(phase(), wire_phase::answered);
}

TEST_F(net_exchange, what_came_first_counts) {
    begin();
    x.fail(transport_failure::reset, "first");
    x.fail(transport_failure::cancelled, "second");
    x.on_end_of_stream("third");
    receive(good);
    EXPECT_EQ(x.at(), state::failed);
    EXPECT_EQ(x.end(false).failure, transport_failure::reset);
    EXPECT_EQ(x.end(false).detail, "first");

    begin();
    send_all();
    receive(good);
    x.fail(transport_failure::cancelled, "too late");
    EXPECT_EQ(x.at(), state::answered);
}

TEST_F(net_exchange, deadlines) {
    begin();
    x.on_sent(4, start + 30s);
    x.check_deadline(start + 59s);
    EXPECT_FALSE(x.is_over()) << "the answer's time begins with the last byte";
    x.check_deadline(start + 60s);
    EXPECT_EQ(x.end(false).failure, transport_failure::write_timeout);

    begin();
    send_all();
    x.check_deadline(start + 29s);
    EXPECT_FALSE(x.is_over());
    x.check_deadline(start + 30s);
    EXPECT_EQ(x.end(false).failure, transport_failure::response_timeout);

    begin();
    x.on_sent(10, start + 90s);
    x.check_deadline(start + 60s);
    EXPECT_EQ(x.end(false).failure, transport_failure::response_timeout)
        << "the attempt's deadline stays";
}

TEST_F(net_exchange, the_end_of_the_stream_completes_only_an_answer_without_a_length) {
    begin();
    send_all();
    receive("HTTP/1.1 200 OK\r\n\r\nall of it");
    EXPECT_FALSE(x.is_over());
    x.on_end_of_stream("end of file");
    ASSERT_EQ(x.at(), state::answered);
    EXPECT_TRUE(x.end(false).answer->ended_by_close);
    EXPECT_FALSE(x.may_reuse());

    for (auto const* part :
         {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
        begin();
        send_all();
        receive(part);
        x.on_end_of_stream("end of file");
        EXPECT_EQ(x.end(false).failure, transport_failure::closed) << part;
        EXPECT_EQ(x.end(false).detail, "end of file");
    }
}

TEST_F(net_exchange, what_is_no_answer) {
    begin();
    send_all();
    receive("220 mail.example.com ESMTP\r\n");
    EXPECT_EQ(x.end(false).failure, transport_failure::malformed_answer);

    begin();
    send_all();
    receive("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'));
    EXPECT_EQ(x.end(false).failure, transport_failure::oversized_answer);
}

}  // namespace
}  // namespace setclick::net
