#include "net/dial.hpp"

#include <boost/asio/ip/address.hpp>

#include <gtest/gtest.h>

namespace setclick::net {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

std::vector<tcp::endpoint> list(std::initializer_list<char const*> addresses) {
    std::vector<tcp::endpoint> out;
    for (auto const* a : addresses)
        out.emplace_back(make_address(a), 443);
    return out;
}

TEST(interleaved, families_take_turns_and_the_resolvers_first_stays_first) {
    EXPECT_EQ(interleaved(list({"::1", "::2", "1.1.1.1", "::3", "2.2.2.2"})),
              list({"::1", "1.1.1.1", "::2", "2.2.2.2", "::3"}));
    EXPECT_EQ(interleaved(list({"1.1.1.1", "2.2.2.2"})), list({"1.1.1.1", "2.2.2.2"}));
    EXPECT_EQ(interleaved(list({"1.1.1.1", "::1"})), list({"1.1.1.1", "::1"}));
}

TEST(loopback_of, only_localhost_has_one) {
    auto const found = loopback_of("localhost", "8443");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0], tcp::endpoint(make_address("127.0.0.1"), 8443));
    EXPECT_EQ(found[1], tcp::endpoint(make_address("::1"), 8443));
    for (auto const* other : {"localhost.example.com", "example.com", "", "127.0.0.1"})
        EXPECT_TRUE(loopback_of(other, "8443").empty());
}

opening_memory const nothing;

TEST(dial, the_first_address_refuses_the_second_listens_connects) {
    boost::asio::io_context context;
    tcp::acceptor listener(context, tcp::endpoint(make_address("127.0.0.1"), 0));
    auto const d = std::make_shared<dial>(context);
    // "localhost" may be ::1 first, where nobody listens on this port.
    d->start("localhost", std::to_string(listener.local_endpoint().port()),
             std::chrono::steady_clock::now() + 60s, nothing);
    d->finished.async_wait([](auto) {});
    context.run_for(60s);
    EXPECT_EQ(d->state, dial::phase::connected);
    ASSERT_TRUE(d->winner);
    EXPECT_TRUE(d->winner->is_open());
}

TEST(dial, nobody_listens_fails_with_the_reason) {
    boost::asio::io_context context;
    tcp::acceptor closed(context, tcp::endpoint(make_address("127.0.0.1"), 0));
    auto const port = std::to_string(closed.local_endpoint().port());
    closed.close();
    auto const d = std::make_shared<dial>(context);
    d->start("127.0.0.1", port, std::chrono::steady_clock::now() + 60s, nothing);
    context.run_for(60s);
    EXPECT_EQ(d->state, dial::phase::failed);
    EXPECT_EQ(d->reason, boost::asio::error::connection_refused);
}

TEST(dial, an_address_that_was_bad_lately_is_left_alone_while_a_good_one_answers) {
    boost::asio::io_context context;
    tcp::acceptor good(context, tcp::endpoint(make_address("127.0.0.1"), 0));
    auto const port = good.local_endpoint().port();
    tcp::acceptor bad(context, tcp::endpoint(make_address("127.0.0.2"), port));
    auto const now = std::chrono::steady_clock::now();
    opening_memory memory;
    memory.ended({bad.local_endpoint(), now, false}, opening_end::stalled, now);
    auto const d = std::make_shared<dial>(context);
    d->start({bad.local_endpoint(), good.local_endpoint()}, now + 60s, memory);
    context.run_for(60s);
    EXPECT_EQ(d->winner_address, good.local_endpoint());
    EXPECT_EQ(d->tried(), "127.0.0.1");
}

TEST(dial, an_address_that_was_bad_lately_is_tried_when_no_good_one_is_left) {
    boost::asio::io_context context;
    tcp::acceptor closed(context, tcp::endpoint(make_address("127.0.0.1"), 0));
    auto const good = closed.local_endpoint();
    tcp::acceptor bad(context, tcp::endpoint(make_address("127.0.0.2"), good.port()));
    closed.close();
    auto const now = std::chrono::steady_clock::now();
    opening_memory memory;
    memory.ended({bad.local_endpoint(), now, false}, opening_end::stalled, now);
    auto const d = std::make_shared<dial>(context);
    d->start({bad.local_endpoint(), good}, now + 60s, memory);
    context.run_for(60s);
    EXPECT_EQ(d->winner_address, bad.local_endpoint());
    EXPECT_EQ(d->tried(), "127.0.0.1, 127.0.0.2");
}

}  // namespace
}  // namespace setclick::net
