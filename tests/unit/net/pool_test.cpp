// What a pool does with connections that are still opening when a reload or the end comes.
#include "net/connection_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "net/sharded_pool.hpp"
#include "sandbox/server.hpp"
#include "setclickd/delivery/failure.hpp"
#include "setclickd/net/tls.hpp"
#include "support/temp_dir.hpp"

namespace setclick::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto soon = 10s;  // under load; the deadlines that a test must not wait for are longer
constexpr auto hour = 3600'000ms;

/// Accepts, and then says nothing: TLS never comes about.
struct silent_server {
    explicit silent_server(asio::io_context& context)
        : listener(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        accept();
    }
    void accept() {
        listener.async_accept([this](boost::system::error_code ec, tcp::socket s) {
            if (ec) return;
            auto const peer = std::make_shared<tcp::socket>(std::move(s));
            ++accepted;
            read(peer);
            accept();
        });
    }
    void read(std::shared_ptr<tcp::socket> const& peer) {
        auto const room = std::make_shared<std::array<char, 4096>>();
        peer->async_read_some(asio::buffer(*room), [this, peer, room](auto ec, std::size_t n) {
            received.append(room->data(), n);
            if (ec) return void(++closed);
            read(peer);
        });
    }
    std::string port() const { return std::to_string(listener.local_endpoint().port()); }

    tcp::acceptor listener;
    int accepted = 0;
    int closed = 0;
    std::string received;
};

/// Its queue is full: a connect to it is neither taken nor refused.
struct unanswering_server {
    explicit unanswering_server(asio::io_context& context) : listener(context, tcp::v4()) {
        listener.bind({asio::ip::address_v4::loopback(), 0});
        listener.listen(0);
        for (int i = 0; i < 3; ++i) {
            fillers.emplace_back(context);
            fillers.back().async_connect(listener.local_endpoint(), [](auto) {});
        }
    }
    std::string port() const { return std::to_string(listener.local_endpoint().port()); }

    tcp::acceptor listener;
    std::vector<tcp::socket> fillers;
};

/// Has one event to send for ever.
struct waiting_event final : work_source {
    std::size_t wanted(steady_time) override { return 1; }
    bool take(steady_time, std::string&, std::uint64_t&) override { return false; }
    void ended(exchange_end const&) override {}
    void stray(std::uint64_t) override {}
    void opened(bool) override { ++told; }
    void open_failed(open_failure const&) override { ++told; }
    int told = 0;
};

pool_settings to_port(std::string const& port) {
    pool_settings s;
    s.open.to = *parse_endpoint("https://127.0.0.1:" + port);
    s.open.connect_timeout = s.open.tls_timeout = hour;
    s.connections = 4;
    return s;
}

class net_pool : public testing::Test {
protected:
    template <class Condition>
    bool becomes(Condition const& is_true) {
        auto const until = std::chrono::steady_clock::now() + soon;
        while (!is_true() && std::chrono::steady_clock::now() < until)
            context.run_for(10ms);
        return is_true();
    }
    bool becomes_quiet(pool& p) {
        return becomes([&] { return p.is_quiet(); });
    }

    asio::io_context context;
    std::shared_ptr<tls_client> tls = *tls_client::make("");
    waiting_event source;
};

TEST_F(net_pool, a_reload_while_a_handshake_is_under_way_gives_it_up_and_opens_anew) {
    silent_server before(context);
    silent_server after(context);
    connection_pool pool(context, tls, to_port(before.port()), source);
    pool.wake();
    ASSERT_TRUE(becomes([&] { return !before.received.empty(); }));
    pool.configure(tls, to_port(after.port()));
    EXPECT_TRUE(becomes([&] { return after.accepted == 1 && before.closed == 1; }));
    EXPECT_EQ(source.told, 0) << "what becomes of the old way says nothing about the new one";
    pool.close_all();
    EXPECT_TRUE(becomes_quiet(pool));
}

TEST_F(net_pool, a_reload_that_takes_the_proxy_away_while_it_is_dialled_goes_the_direct_way) {
    unanswering_server proxy(context);
    silent_server server(context);
    auto direct = to_port(server.port());
    auto by_proxy = direct;
    by_proxy.open.proxy = *parse_proxy("http://127.0.0.1:" + proxy.port());
    connection_pool pool(context, tls, by_proxy, source);
    pool.wake();
    ASSERT_TRUE(becomes([&] { return pool.counts().opening == 1; }));
    pool.configure(tls, direct);
    EXPECT_TRUE(becomes([&] { return server.accepted == 1; }));
    EXPECT_EQ(source.told, 0);
    pool.close_all();
    EXPECT_TRUE(becomes_quiet(pool));
}

TEST_F(net_pool,
       a_reload_that_adds_a_proxy_while_the_endpoint_is_dialled_shows_the_endpoint_no_credentials) {
    silent_server server(context);
    silent_server proxy(context);
    auto by_proxy = to_port(server.port());
    by_proxy.open.proxy = *parse_proxy("http://127.0.0.1:" + proxy.port());
    by_proxy.open.proxy_credentials = secret<std::string>("me:secret");
    connection_pool pool(context, tls, to_port(server.port()), source);
    pool.wake();
    while (pool.counts().opening == 0)
        context.run_one();
    context.run_one();  // it dials now, and has not heard yet that it is connected
    pool.configure(tls, by_proxy);
    EXPECT_TRUE(becomes([&] { return proxy.received.ends_with("\r\n\r\n"); }));
    EXPECT_EQ(server.received.find("CONNECT"), std::string::npos);
    pool.close_all();
    EXPECT_TRUE(becomes_quiet(pool));
}

TEST_F(net_pool,
       the_end_while_a_connect_or_a_handshake_is_unanswered_does_not_wait_for_its_deadline) {
    unanswering_server never_connects(context);
    silent_server never_shakes_hands(context);
    for (auto const& port : {never_connects.port(), never_shakes_hands.port()}) {
        connection_pool pool(context, tls, to_port(port), source);
        pool.wake();
        ASSERT_TRUE(becomes([&] { return pool.counts().opening == 1; }));
        context.run_for(100ms);  // until it waits for an answer
        pool.close_all();
        EXPECT_TRUE(becomes_quiet(pool)) << port;
    }
    EXPECT_EQ(never_shakes_hands.accepted, 1);
}

TEST_F(net_pool, several_threads_end_while_a_connect_is_unanswered) {
    unanswering_server server(context);
    auto const began = std::chrono::steady_clock::now();
    {
        auto settings = to_port(server.port());
        settings.open.connect_timeout = 2 * soon;
        sharded_pool pool(context, 2, tls, settings, source);
        pool.wake();
        ASSERT_TRUE(becomes([&] { return pool.counts().opening > 0; }));
        context.run_for(100ms);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, soon);
}

/// A server that works, on a thread of its own.
class working_server {
public:
    working_server() {
        sandbox::options o;
        o.listen = "127.0.0.1:0";
        o.dir = dir_.path();
        o.record = o.book = "none";
        server_ = std::move(*sandbox::server::open(std::move(o)));
        thread_ = std::thread([this] { (void)server_->run(); });
    }
    ~working_server() {
        server_->stop();
        thread_.join();
    }
    std::string port() const { return std::to_string(server_->port()); }
    std::string const& ca() const { return server_->certificate().ca; }

private:
    test::temp_dir dir_;
    std::unique_ptr<sandbox::server> server_;
    std::thread thread_;
};

/// Has one event, that is kept back at first.
struct one_event final : work_source {
    std::size_t wanted(steady_time) override { return 1; }
    bool take(steady_time, std::string& out, std::uint64_t& ticket) override {
        if (!may_go || taken) return false;
        out = "for the old address";
        ticket = 7;
        return taken = true;
    }
    void ended(exchange_end const& end) override { ends.push_back(end); }
    void stray(std::uint64_t) override {}
    void opened(bool) override {}
    void open_failed(open_failure const& failure) override { why_not = failure.text; }
    std::string why_not;
    bool may_go = false;
    bool taken = false;
    std::vector<exchange_end> ends;
};

TEST_F(net_pool, a_reload_gives_back_what_several_threads_were_handed_and_have_not_begun) {
    working_server server;
    silent_server silent(context);
    silent_server after(context);
    one_event event;
    sharded_pool pool(context, 1, *tls_client::make(server.ca()), to_port(server.port()), event);
    pool.wake();
    ASSERT_TRUE(becomes([&] { return pool.counts().idle == 1; })) << event.why_not;
    // It is handed to a connection that has just been closed, and waits for one that never comes.
    event.may_go = true;
    pool.wake();
    pool.configure(tls, to_port(silent.port()));
    ASSERT_TRUE(becomes([&] { return event.taken && silent.accepted > 0; }));
    ASSERT_TRUE(event.ends.empty());
    pool.configure(tls, to_port(after.port()));
    ASSERT_TRUE(becomes([&] { return !event.ends.empty(); }));
    auto const& end = event.ends.front();
    EXPECT_EQ(end.ticket, 7U);
    EXPECT_FALSE(end.answer);
    EXPECT_EQ(delivery::decide(end.failure, end.phase, end.reused),
              delivery::after_failure::resend_now_uncounted);
}

/// Whole requests, as many as are asked for.
struct some_requests final : work_source {
    std::size_t wanted(steady_time) override { return static_cast<std::size_t>(left); }
    bool take(steady_time, std::string& out, std::uint64_t& ticket) override {
        if (left == 0) return false;
        --left;
        out = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        ticket = 1;
        return true;
    }
    void ended(exchange_end const& end) override {
        took.push_back(end.took);
        answered += end.answer ? 1 : 0;
    }
    void stray(std::uint64_t) override {}
    void opened(bool resumed) override { handshakes.push_back(resumed); }
    void open_failed(open_failure const& failure) override { why_not = failure.text; }

    int left = 1;
    int answered = 0;
    std::vector<std::chrono::nanoseconds> took;
    std::vector<bool> handshakes;
    std::string why_not;
};

TEST_F(net_pool, an_answer_comes_with_its_time_and_an_opening_with_what_kind_it_was) {
    working_server server;
    auto const remembers = *tls_client::make(server.ca());
    auto const stays = asio::make_work_guard(context);
    // A session can be taken up for as long as the connection lives that got it.
    std::array<some_requests, 2> asked_of;
    std::vector<std::unique_ptr<pool>> pools;
    for (std::size_t threads : {1, 2}) {
        auto& asked = asked_of.at(threads - 1);
        auto const& pool = pools.emplace_back(
            make_pool(context, threads, remembers, to_port(server.port()), asked));
        pool->wake();
        ASSERT_TRUE(becomes([&] { return asked.answered == 1; })) << threads << asked.why_not;
        EXPECT_GT(asked.took.at(0), 0ns);
        EXPECT_LT(asked.took.at(0), soon);
        // Only the very first one had no session to take up.
        EXPECT_EQ(asked.handshakes.at(0), threads == 2);
    }
    for (auto const& pool : pools) {
        pool->close_all();
        EXPECT_TRUE(becomes_quiet(*pool));
    }
}

}  // namespace
}  // namespace setclick::net
