#include "setclickd/delivery/failure.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace setclick::delivery {
namespace {

using enum after_failure;

struct row {
    transport_failure failure;
    after_failure fresh;
    after_failure reused;
};

// Where nothing was sent. Where something was, every failure is a doubt: see the test below.
constexpr row not_sent_rows[] = {
    {transport_failure::resolve, defer, defer},
    {transport_failure::connect_refused, defer, defer},
    {transport_failure::connect_timeout, defer, defer},
    {transport_failure::unreachable, defer, resend_now_uncounted},
    {transport_failure::tls_handshake, defer, defer},
    {transport_failure::tls_certificate, defer, defer},
    {transport_failure::proxy, defer, defer},
    {transport_failure::reset, defer, resend_now_uncounted},
    {transport_failure::closed, defer, resend_now_uncounted},
    {transport_failure::write_timeout, defer, resend_now_uncounted},
    {transport_failure::response_timeout, defer, defer},
    {transport_failure::attempt_timeout, defer, defer},
    {transport_failure::malformed_answer, defer, resend_now_uncounted},
    {transport_failure::oversized_answer, defer, resend_now_uncounted},
    {transport_failure::cancelled, wait_again, wait_again},
    {transport_failure::local, defer, defer},
};

TEST(failure_table, nothing_sent_is_never_in_doubt) {
    ASSERT_EQ(std::size(not_sent_rows), transport_failure_count);
    for (auto const& r : not_sent_rows) {
        EXPECT_EQ(decide(r.failure, wire_phase::not_sent, false), r.fresh) << name_of(r.failure);
        EXPECT_EQ(decide(r.failure, wire_phase::not_sent, true), r.reused) << name_of(r.failure);
    }
}

TEST(failure_table, anything_sent_is_in_doubt_whatever_the_failure_and_the_connection) {
    int cases = 0;
    for (auto const& r : not_sent_rows)
        for (auto const phase : {wire_phase::partly_sent, wire_phase::sent, wire_phase::answered})
            for (auto const reused : {false, true}) {
                EXPECT_EQ(decide(r.failure, phase, reused), in_doubt)
                    << name_of(r.failure) << name_of(phase);
                ++cases;
            }
    EXPECT_EQ(cases, 16 * 3 * 2);
}

TEST(failure_table, unknown_values_are_in_doubt) {
    EXPECT_EQ(decide(static_cast<transport_failure>(99), wire_phase::not_sent, false), in_doubt);
    EXPECT_EQ(decide(transport_failure::reset, static_cast<wire_phase>(99), false), in_doubt);
}

TEST(failure_names, are_different_and_are_found_again) {
    std::set<std::string> names, sentences;
    for (auto const& r : not_sent_rows) {
        names.insert(name_of(r.failure));
        sentences.insert(text(r.failure));
        EXPECT_EQ(transport_failure_named(name_of(r.failure)), r.failure);
    }
    EXPECT_EQ(names.size(), transport_failure_count);
    EXPECT_EQ(sentences.size(), transport_failure_count);
    EXPECT_EQ(transport_failure_named("no-such"), std::nullopt);
}

TEST(failure_markdown, has_a_row_for_each_failure_and_says_what_the_switch_says) {
    auto const table = failure_table();
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2 + 16);
    EXPECT_NE(
        table.find(
            "| reset | defer | send again at once, uncounted | in doubt | in doubt | in doubt |\n"),
        std::string::npos);
    EXPECT_NE(table.find("| cancelled | wait again | wait again | in doubt |"), std::string::npos);
}

// docs/operator.md shows the table. When it changes: SETCLICKD_WRITE_REFERENCE=1 delivery_test
// --gtest_filter='failure_m*'
TEST(failure_markdown, page_for_operators_shows_this_table) {
    std::string const begin = "<!-- failure table: made by delivery_test -->\n";
    std::string const end = "<!-- end of the failure table -->";
    std::string const page = std::string(SETCLICKD_DOCS_DIR) + "/operator.md";
    std::string text;
    {
        std::ifstream in(page, std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(in), {});
    }
    auto const from = text.find(begin);
    auto const to = text.find(end);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << page;
    auto const at = from + begin.size();
    if (std::getenv("SETCLICKD_WRITE_REFERENCE") != nullptr)
        std::ofstream(page, std::ios::binary)
            << text.substr(0, at) << failure_table() << text.substr(to);
    else
        EXPECT_EQ(text.substr(at, to - at), failure_table());
}

TEST(failure_kind, unreached_and_timeouts_are_told_apart) {
    EXPECT_TRUE(is_unreached(transport_failure::tls_certificate));
    EXPECT_FALSE(is_unreached(transport_failure::reset));
    EXPECT_TRUE(is_timeout(transport_failure::response_timeout));
    EXPECT_FALSE(is_timeout(transport_failure::connect_refused));
}

}  // namespace
}  // namespace setclick::delivery
