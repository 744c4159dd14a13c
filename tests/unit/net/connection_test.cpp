// A connection against a peer that does what a test wants: its loop is ended at each place where it waits (what was taken is
// reported once, and nothing is left under way), and what it learns from openings that fail.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <functional>
#include <string>
#include <vector>

#include "setclickd/net/pool.hpp"
#include "setclickd/net/tls.hpp"
#include "tls_peer.hpp"

namespace setclick::net {
namespace {

namespace asio = boost::asio;
using conduct = tls_peer::conduct;
using api::transport_failure;
using api::wire_phase;

constexpr auto soon = 20s;
constexpr auto hour = 3600'000ms;

/// Gives out `requests` of them.
struct scripted_source final : work_source {
    struct reported {
        std::uint64_t ticket;
        bool answered;
        bool reused;
        transport_failure failure;
        wire_phase phase;
    };
    std::size_t wanted(steady_time) override { return want_connection ? 1 : requests; }
    bool take(steady_time, std::string& out, std::uint64_t& ticket) override {
        if (requests == 0) return false;
        --requests;
        out = text;
        ticket = ++taken;
        return true;
    }
    void ended(exchange_end const& end) override {
        ends.push_back({end.ticket, end.answer.has_value(), end.reused, end.failure, end.phase});
        if (on_end) on_end();
    }
    void stray(std::uint64_t) override { ++strays; }
    void opened(bool) override { ++opens; }
    void open_failed(open_failure const& failure) override {
        open_failures.push_back(failure.text);
    }

    std::size_t requests = 0;
    bool want_connection = true;
    std::string text = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    std::uint64_t taken = 0;
    std::vector<reported> ends;
    std::function<void()> on_end;
    int strays = 0;
    int opens = 0;
    std::vector<std::string> open_failures;
};

class net_connection : public testing::Test {
protected:
    void open(tls_peer& peer) {
        settings.open.to = *parse_endpoint("https://127.0.0.1:" + peer.port());
        settings.open.connect_timeout = settings.open.tls_timeout = hour;
        settings.connections = 1;
        if (!tls) tls = *tls_client::make(peer.ca());
        pool = make_pool(context, 1, tls, settings, source);
        pool->wake();
    }
    template <class Condition>
    bool becomes(Condition const& is_true) {
        auto const until = std::chrono::steady_clock::now() + soon;
        while (!is_true() && std::chrono::steady_clock::now() < until)
            context.run_one_for(10ms);
        return is_true();
    }
    bool is_idle() { return pool->counts().idle == 1; }
    bool is_busy() { return pool->counts().busy == 1; }

    /// Ends the pool and destroys it; whatever still ran into it afterwards the sanitizers would find.
    void end_it() {
        pool->close_all();
        EXPECT_TRUE(becomes([&] { return pool->is_quiet(); }));
        auto const counts = pool->counts();
        EXPECT_EQ(counts.opening + counts.idle + counts.busy, 0U);
        pool.reset();
        context.run_for(2ms);
    }
    void expect_one_end(wire_phase phase) {
        ASSERT_EQ(source.ends.size(), 1U);
        EXPECT_EQ(source.ends[0].ticket, 1U);
        EXPECT_FALSE(source.ends[0].answered);
        EXPECT_EQ(source.ends[0].failure, transport_failure::cancelled);
        EXPECT_EQ(source.ends[0].phase, phase);
    }

    asio::io_context context;
    scripted_source source;
    pool_settings settings;
    std::shared_ptr<tls_client> tls;
    std::unique_ptr<net::pool> pool;
};

TEST_F(net_connection, ended_before_it_has_begun_to_open) {
    tls_peer peer(context, conduct::answers);
    open(peer);
    while (pool->counts().opening == 0)
        context.run_one();
    end_it();
    EXPECT_TRUE(source.ends.empty());
    EXPECT_EQ(source.opens, 0);
}

/// After each of its handlers: no step of opening was forgotten.
TEST_F(net_connection, ended_after_each_step_of_opening) {
    tls_peer peer(context, conduct::answers);
    for (int steps = 0; steps < 40; ++steps) {
        open(peer);
        for (int i = 0; i < steps; ++i)
            context.run_one_for(2ms);
        end_it();
    }
    EXPECT_TRUE(source.ends.empty());
    EXPECT_TRUE(source.open_failures.empty()) << source.open_failures.front();
    EXPECT_GT(source.opens, 0) << "the last ones were open";
}

TEST_F(net_connection, ended_in_the_handshake) {
    tls_peer peer(context, conduct::never_shakes_hands);
    open(peer);
    ASSERT_TRUE(becomes([&] { return peer.accepted == 1; }));
    context.run_for(50ms);
    end_it();
    EXPECT_TRUE(source.open_failures.empty()) << "given up is no failure";
}

TEST_F(net_connection, ended_while_idle) {
    tls_peer peer(context, conduct::answers);
    open(peer);
    ASSERT_TRUE(becomes([&] { return is_idle(); }));
    end_it();
    EXPECT_TRUE(becomes([&] { return peer.closed == 1; }));
    EXPECT_TRUE(source.ends.empty());
}

TEST_F(net_connection, ended_while_it_writes) {
    tls_peer peer(context, conduct::never_reads);
    source.text.assign(std::size_t{32} << 20, 'x');
    source.requests = 1;
    open(peer);
    ASSERT_TRUE(becomes([&] { return is_busy(); }));
    context.run_for(200ms);  // until the socket takes no more
    end_it();
    expect_one_end(wire_phase::partly_sent);
}

TEST_F(net_connection, ended_while_it_waits_for_the_answer) {
    tls_peer peer(context, conduct::never_answers);
    source.requests = 1;
    open(peer);
    ASSERT_TRUE(becomes([&] { return peer.received == source.text.size(); }));
    context.run_for(50ms);
    end_it();
    expect_one_end(wire_phase::sent);
}

TEST_F(net_connection, ended_within_the_answer) {
    tls_peer peer(context, conduct::answers);
    peer.answer = "HTTP/1.1 200 OK\r\nContent-Le";
    source.requests = 1;
    open(peer);
    ASSERT_TRUE(becomes([&] { return peer.received > 0; }));
    context.run_for(50ms);
    end_it();
    expect_one_end(wire_phase::answered);
}

TEST_F(net_connection, ended_from_inside_the_report_of_an_end) {
    tls_peer peer(context, conduct::answers);
    source.requests = 3;
    source.on_end = [&] { pool->close_all(); };
    open(peer);
    ASSERT_TRUE(becomes([&] { return !source.ends.empty(); }));
    EXPECT_TRUE(source.ends[0].answered);
    end_it();
    EXPECT_EQ(source.ends.size(), 1U);
}

TEST_F(net_connection, a_reload_from_inside_the_report_of_an_end_closes_the_connection) {
    tls_peer peer(context, conduct::answers);
    source.requests = 3;
    source.on_end = [&] { pool->configure(tls, settings); };
    open(peer);
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 3; }));
    for (auto const& end : source.ends)
        EXPECT_FALSE(end.reused) << "each on a connection of the settings of its time";
    end_it();
}

TEST_F(net_connection, a_deadline_ends_a_write_that_goes_no_further) {
    tls_peer peer(context, conduct::never_reads);
    source.text.assign(std::size_t{32} << 20, 'x');
    source.requests = 1;
    settings.attempt_timeout = 300ms;
    open(peer);
    ASSERT_TRUE(becomes([&] { return !source.ends.empty(); }));
    EXPECT_EQ(source.ends[0].failure, transport_failure::write_timeout);
    EXPECT_EQ(source.ends[0].phase, wire_phase::partly_sent);
    end_it();
}

TEST_F(net_connection, an_answer_while_it_still_writes_is_reported_and_the_connection_closed) {
    tls_peer peer(context, conduct::never_reads);
    source.text.assign(std::size_t{32} << 20, 'x');
    source.requests = 1;
    open(peer);
    ASSERT_TRUE(becomes([&] { return is_busy(); }));
    context.run_for(100ms);
    source.want_connection = false;
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(becomes([&] { return !source.ends.empty(); }));
    EXPECT_TRUE(source.ends[0].answered);
    EXPECT_TRUE(becomes([&] { return pool->counts().busy + pool->counts().idle == 0; }));
    end_it();
    EXPECT_EQ(source.ends.size(), 1U);
}

TEST_F(net_connection, a_server_that_closes_while_idle_costs_no_request) {
    tls_peer peer(context, conduct::answers);
    open(peer);
    ASSERT_TRUE(becomes([&] { return is_idle() && peer.shaken == 1; }));
    peer.close_last();
    context.run_for(50ms);
    source.requests = 1;
    pool->wake();
    ASSERT_TRUE(becomes([&] { return !source.ends.empty(); }));
    EXPECT_TRUE(source.ends[0].answered);
    EXPECT_EQ(peer.shaken, 2);
    EXPECT_FALSE(source.ends[0].reused);
    EXPECT_EQ(source.strays, 0);
    end_it();
}

TEST_F(net_connection, bytes_that_nobody_asked_for_are_reported_and_the_connection_closed) {
    tls_peer peer(context, conduct::answers);
    source.requests = 1;
    open(peer);
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 1 && is_idle(); }));
    peer.send(peer.answer);
    ASSERT_TRUE(becomes([&] { return source.strays == 1; }));
    source.requests = 1;
    pool->wake();
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 2; }));
    EXPECT_FALSE(source.ends[1].reused);
    EXPECT_EQ(peer.shaken, 2);
    end_it();
}

TEST_F(net_connection, one_connection_serves_many_requests) {
    tls_peer peer(context, conduct::answers);
    source.requests = 200;
    open(peer);
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 200; }));
    EXPECT_EQ(peer.shaken, 1);
    for (auto const& end : source.ends)
        EXPECT_TRUE(end.answered);
    end_it();
}

TEST_F(net_connection, an_address_that_stalls_in_tls_is_left_for_the_other) {
    tls_peer good(context, conduct::answers, "127.0.0.1");
    tls_peer stalls(context, conduct::never_shakes_hands, "127.0.0.2", good.port_number());
    settings.open.addresses = {{asio::ip::make_address("127.0.0.2"), good.port_number()},
                               {asio::ip::make_address("127.0.0.1"), good.port_number()}};
    settings.open.to = *parse_endpoint("https://localhost:" + good.port());
    settings.open.tls_timeout = 300ms;
    settings.connections = 1;
    tls = *tls_client::make(good.ca());
    source.requests = 20;
    pool = make_pool(context, 1, tls, settings, source);
    pool->wake();
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 20; }));
    ASSERT_EQ(source.open_failures.size(), 1U);
    EXPECT_NE(source.open_failures[0].find("localhost:" + good.port() + " at 127.0.0.2: "),
              std::string::npos)
        << source.open_failures[0];
    EXPECT_EQ(stalls.accepted, 1);
    // A reload that keeps the trust keeps what was learnt.
    source.requests = 1;
    pool->configure(tls, settings);
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 21; }));
    EXPECT_EQ(stalls.accepted, 1);
    end_it();
}

TEST_F(net_connection, a_peer_that_resets_each_hello_with_a_session_is_asked_without_one) {
    tls_peer peer(context, conduct::answers);
    peer.reset_resumption();
    settings.connections = 1;
    open(peer);
    ASSERT_TRUE(becomes([&] { return is_idle() && peer.shaken == 1; }));
    context.run_for(50ms);  // the session's ticket comes after the handshake
    settings.connections = 4;
    auto const second = make_pool(context, 1, tls, settings, source);
    source.requests = 8;
    second->wake();
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 8; }))
        << peer.resets << " resets, " << peer.shaken << " handshakes, "
        << testing::PrintToString(source.open_failures);
    for (auto const& end : source.ends)
        EXPECT_TRUE(end.answered);
    EXPECT_GE(peer.resets, 1);
    auto const resets = peer.resets;
    EXPECT_EQ(source.open_failures.size(), static_cast<std::size_t>(resets));
    second->configure(tls, settings);
    source.requests = 8;
    second->wake();
    ASSERT_TRUE(becomes([&] { return source.ends.size() == 16; }));
    EXPECT_EQ(peer.resets, resets) << "none is offered for a while";
    second->close_all();
    EXPECT_TRUE(becomes([&] { return second->is_quiet(); }));
    end_it();
}

}  // namespace
}  // namespace setclick::net
