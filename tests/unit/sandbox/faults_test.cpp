#include "sandbox/faults.hpp"

#include <gtest/gtest.h>

#include <map>

#include "sandbox/fault_names.hpp"

namespace setclick::sandbox {
namespace {

TEST(choose, shares_divide_the_line_without_overlap) {
    fault_set f;
    f.reset_before_read = 0.1;
    f.fail_share = 0.2;
    f.late_answer = 0.3;
    EXPECT_EQ(choose(f, 0.0), fault_kind::reset_before_read);
    EXPECT_EQ(choose(f, 0.0999), fault_kind::reset_before_read);
    EXPECT_EQ(choose(f, 0.1001), fault_kind::fail);
    EXPECT_EQ(choose(f, 0.2999), fault_kind::fail);
    EXPECT_EQ(choose(f, 0.3001), fault_kind::late_answer);
    EXPECT_EQ(choose(f, 0.5999), fault_kind::late_answer);
    EXPECT_EQ(choose(f, 0.6001), fault_kind::none);
    EXPECT_EQ(choose(fault_set{}, 0.0), fault_kind::none);
}

TEST(choose, many_draws_come_near_the_shares_and_repeat_with_the_seed) {
    fault_set f;
    f.fail_share = 0.2;
    f.stall = 0.05;
    auto const run = [&](std::uint64_t seed) {
        dice d(seed);
        std::map<fault_kind, int> seen;
        for (int i = 0; i < 100'000; ++i)
            ++seen[choose(f, d.roll())];
        return seen;
    };
    auto seen = run(1);
    EXPECT_NEAR(seen[fault_kind::fail], 20'000, 500);
    EXPECT_NEAR(seen[fault_kind::stall], 5'000, 300);
    EXPECT_EQ(seen, run(1));
    EXPECT_NE(seen, run(2));
}

TEST(applies_to, shares_reach_set_click_only_unless_told_otherwise) {
    fault_set f;
    EXPECT_TRUE(applies_to(f, endpoint_kind::set_click));
    EXPECT_FALSE(applies_to(f, endpoint_kind::report));
    EXPECT_FALSE(applies_to(f, endpoint_kind::login));
    ASSERT_TRUE(set_fault(f, "faults-on", "report,login"));
    EXPECT_FALSE(applies_to(f, endpoint_kind::set_click));
    EXPECT_TRUE(applies_to(f, endpoint_kind::report));
    EXPECT_FALSE(applies_to(f, endpoint_kind::control));
}

TEST(fault_names, every_field_set_from_its_own_json_gives_the_same_set_back) {
    auto const text =
        R"({"seed":9,"latency":"20ms","fail-share":0.125,"fail_status":502,"fail_books":true,
            "throttle_share":0.0625,"throttle_body":"details","retry_after":7,"retry_after_raw":"soon",
            "rate_per_minute":600,"burst":5,"rate_headers":true,"rate_reset":"delta",
            "reset_before_read":0.03125,"reset_after_read":0.03125,"reset_after_book":0.03125,
            "stall":0.03125,"stall_after_book":0.03125,"slow_bytes":0.03125,"slow_interval":"5ms",
            "late_answer":["3s",0.25],"close_every":100,"idle_close":"1s","status":302,"body":"<html>",
            "header":["Location: https://example.com/","X: y"],"status_books":true,
            "status_for":["A=403","B=404"],"informational":2,"double_response":true,"faults_on":"all"})";
    auto const first = faults_from_json(text);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->late_answer_delay, 3s);
    EXPECT_EQ(first->fail_share, 0.125);
    EXPECT_EQ(first->status_for[1], (std::pair<std::string, int>("B", 404)));
    auto const shown = faults_to_json(*first);
    auto const again = faults_from_json(shown);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(faults_to_json(*again), shown);
    EXPECT_NE(shown, faults_to_json(fault_set{}));
}

TEST(fault_names, an_empty_object_switches_everything_off) {
    auto const none = faults_from_json("{}");
    ASSERT_TRUE(none);
    EXPECT_EQ(faults_to_json(*none), faults_to_json(fault_set{}));
}

TEST(fault_names, wrong_input_is_refused_with_what_was_expected) {
    struct {
        char const* text;
        char const* part;
    } const cases[] = {
        {"[]", "a JSON object of faults is needed"},
        {"{", "a JSON object of faults is needed"},
        {R"({"fail_shar":0.1})", "did you mean \"fail_share\"?"},
        {R"({"fail_share":1.1})", "is not a share from 0 to 1"},
        {R"({"fail_share":"nan"})", "is not a share from 0 to 1"},
        {R"({"fail_share":[0.1]})", "one value expected"},
        {R"({"latency":20})", "is not a duration"},
        {R"({"status":1000})", "is not a number from 0 to 999"},
        {R"({"status":101})", "a final status"},
        {R"({"header":"no colon"})", "is not a header line"},
        {R"({"header":"A: b\r\nC: d"})", "is not a header line"},
        {R"({"status_for":["A"]})", "is not ACCOUNT=CODE"},
        {R"({"late_answer":["3s"]})", "one value expected"},
        {R"({"late_answer":["3s",2]})", "is not a delay and a share"},
        {R"({"rate_reset":"hourly"})", "is not epoch or delta"},
        {R"({"faults_on":"everywhere"})", "is not a list of"},
        {R"({"stall":0.6,"fail_share":0.6})", "add up to more than 1"},
    };
    for (auto const& c : cases) {
        auto const parsed = faults_from_json(c.text);
        ASSERT_FALSE(parsed) << c.text;
        EXPECT_NE(parsed.error().message.find(c.part), std::string::npos) << parsed.error().message;
    }
}

}  // namespace
}  // namespace setclick::sandbox
