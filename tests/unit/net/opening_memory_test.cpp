// Which address comes next, and whether a session is offered: timelines.
#include "net/opening_memory.hpp"

#include <boost/asio/ip/address.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace setclick::net {
namespace {

constexpr steady_time hour_one{std::chrono::hours{1}};

address at(char const* text) {
    return {boost::asio::ip::make_address(text), 443};
}
address const a = at("::1");
address const b = at("127.0.0.1");
address const c = at("127.0.0.2");

class net_opening_memory : public testing::Test {
protected:
    std::string order(milliseconds when) const {
        auto const o = memory.ordered({a, b, c}, hour_one + when);
        std::string out;
        for (std::size_t i = 0; i < o.addresses.size(); ++i) {
            out += i == o.good ? "|" : "";
            out += o.addresses[i] == a ? "a" : o.addresses[i] == b ? "b" : "c";
        }
        return out;
    }
    /// Begun a second before it ends.
    void end(address const& where, opening_end how, milliseconds when, bool offered = false) {
        memory.ended({where, hour_one + when - 1s, offered}, how, hour_one + when);
    }
    bool offers(milliseconds when) const { return memory.may_offer_session(hour_one + when); }

    opening_memory memory;
};

TEST_F(net_opening_memory, an_address_that_fails_comes_last_for_a_while) {
    EXPECT_EQ(order(0s), "abc");
    end(a, opening_end::stalled, 10s);
    EXPECT_EQ(order(10s), "bc|a");
    EXPECT_EQ(order(39s), "bc|a");
    EXPECT_EQ(order(40s), "abc");
}

TEST_F(net_opening_memory, each_further_failure_counts_longer_up_to_a_bound) {
    milliseconds now = 0s;
    for (auto const expected : {30s, 60s, 120s, 240s, 480s, 600s, 600s}) {
        end(a, opening_end::broken, now);
        EXPECT_EQ(order(now + expected - 1ms), "bc|a") << expected.count();
        EXPECT_EQ(order(now + expected), "abc") << expected.count();
        now += 20min;
    }
    end(a, opening_end::opened, now);
    end(a, opening_end::broken, now + 5s);
    EXPECT_EQ(order(now + 5s + 30s), "abc") << "one that works begins anew";
}

TEST_F(net_opening_memory, openings_that_were_begun_together_are_one_failure) {
    for (int i = 0; i < 16; ++i)
        end(a, opening_end::stalled, 10s + milliseconds(i));
    EXPECT_EQ(order(39s), "bc|a");
    EXPECT_EQ(order(41s), "abc");
}

TEST_F(net_opening_memory, where_all_are_bad_the_one_that_failed_longest_ago_is_first) {
    end(b, opening_end::broken, 1s);
    end(a, opening_end::refused_by_us, 2s);
    end(c, opening_end::refused_by_a_proxy, 3s);
    EXPECT_EQ(order(4s), "|bac");
    end(b, opening_end::broken, 5s);
    EXPECT_EQ(order(6s), "|acb") << "nobody is left out";
}

TEST_F(net_opening_memory, one_address_alone_is_always_tried) {
    end(a, opening_end::broken, 1s);
    EXPECT_EQ(memory.ordered({a}, hour_one + 2s).addresses, std::vector{a});
}

TEST_F(net_opening_memory, what_is_remembered_is_bounded) {
    std::vector<address> many;
    for (unsigned i = 0; i < 200; ++i)
        many.emplace_back(boost::asio::ip::address_v4(0x0a000000U + i), 443);
    for (unsigned i = 0; i < 200; ++i)
        end(many[i], opening_end::broken, milliseconds(i));
    auto const o = memory.ordered(many, hour_one + 1s);
    EXPECT_EQ(o.addresses.size(), 200U);
    EXPECT_EQ(o.good, 200U - address_memory::most);
    EXPECT_EQ(o.addresses[o.good], many[200 - address_memory::most]) << "the oldest are forgotten";
}

TEST_F(net_opening_memory, a_handshake_that_breaks_with_a_session_is_the_sessions_fault) {
    EXPECT_TRUE(offers(0s));
    end(a, opening_end::broken, 10s, true);
    EXPECT_FALSE(offers(10s));
    EXPECT_EQ(order(10s), "abc");
    EXPECT_FALSE(offers(10s + 10min - 1ms));
    EXPECT_TRUE(offers(10s + 10min));
}

TEST_F(net_opening_memory, without_a_session_it_is_the_addresss) {
    end(a, opening_end::broken, 10s, true);
    end(a, opening_end::broken, 12s, false);
    EXPECT_EQ(order(12s), "bc|a");
}

TEST_F(net_opening_memory, a_stall_with_a_session_may_be_either) {
    end(a, opening_end::stalled, 10s, true);
    EXPECT_FALSE(offers(10s));
    EXPECT_EQ(order(10s), "bc|a");
}

TEST_F(net_opening_memory, a_certificate_says_nothing_of_the_session) {
    end(a, opening_end::refused_by_us, 10s, true);
    EXPECT_TRUE(offers(10s));
}

TEST_F(net_opening_memory, the_pause_of_sessions_grows_to_a_bound_and_ends_with_one_that_works) {
    milliseconds now = 0s;
    for (auto const expected : {10min, 20min, 40min, 80min, 160min, 240min, 240min}) {
        end(a, opening_end::broken, now, true);
        end(a, opening_end::broken, now + 1ms, true);  // begun together with it
        EXPECT_FALSE(offers(now + expected - 1ms)) << expected.count();
        EXPECT_TRUE(offers(now + expected)) << expected.count();
        now += 5h;
    }
    end(a, opening_end::opened, now, true);
    end(a, opening_end::broken, now + 5s, true);
    EXPECT_TRUE(offers(now + 5s + 10min));
}

}  // namespace
}  // namespace setclick::net
