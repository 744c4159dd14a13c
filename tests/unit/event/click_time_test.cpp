#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

std::string event_at(std::string_view click_time) {
    return R"({"url_parameters":{"utm_source":"s"},"settings":{},"click_time":)" +
           std::string(click_time) + "}";
}

/// The milliseconds read, or -1.
std::int64_t read_time(std::string_view click_time) {
    reader reads{one_account()};
    auto const& out = reads.read(event_at(click_time), test_now);
    return out.accepted ? out.value.click_time : -1;
}

TEST(click_time, all_forms_of_one_moment_are_the_same_milliseconds) {
    for (auto const* text :
         {"1634707888000", "1634707888", "1634707888.0", "1634707888000.000", "16347078880e2",
          "\"2021-10-20T05:31:28Z\"", "\"2021-10-20T07:31:28+02:00\"",
          "\"2021-10-20 05:31:28.000Z\"", "\"20211020T053128Z\"", "\"2021-10-19T23:31:28-06\""})
        EXPECT_EQ(read_time(text), 1634707888000) << text;
    EXPECT_EQ(read_time("\"2021-10-20T05:31:28.1239999Z\""), 1634707888123);
}

TEST(click_time, range_is_the_years_2010_to_2100_with_both_ends) {
    EXPECT_EQ(read_time("1262303999999"), -1);
    EXPECT_EQ(read_time("1262304000000"), 1262304000000);
    EXPECT_EQ(read_time("1262303999"), -1);
    EXPECT_EQ(read_time("1262304000"), 1262304000000);
    EXPECT_EQ(read_time("\"2009-12-31T23:59:59Z\""), -1);
    EXPECT_EQ(read_time("\"2010-01-01T00:00:00Z\""), 1262304000000);
    EXPECT_EQ(read_time("4133980799999"), 4133980799999);
    EXPECT_EQ(read_time("4133980800000"), -1);
    EXPECT_EQ(read_time("\"2100-12-31T23:59:59.999Z\""), 4133980799999);
    EXPECT_EQ(read_time("\"2101-01-01T00:00:00Z\""), -1);
}

TEST(click_time, number_below_ten_to_the_eleven_is_seconds) {
    // As seconds 99999999999 is the year 5138, as milliseconds 100000000000 is 1973: both lie
    // outside, and say so as what they were taken for.
    EXPECT_NE(findings_of(event_at("99999999999")).find("(5138-11-16T09:46:39Z)"),
              std::string::npos);
    EXPECT_NE(findings_of(event_at("100000000000")).find("(1973-03-03T09:46:40Z)"),
              std::string::npos);
}

TEST(click_time, numbers_at_the_edges_of_the_machine_are_findings) {
    for (auto const* text : {"9223372036854775807", "9223372036854775808", "-9223372036854775808",
                             "18446744073709551615", "18446744073709551616", "1e18", "1e300",
                             "-1e300", "1e-300", "0.001", "-0", "99999999999999999999999999"})
        EXPECT_NE(findings_of(event_at(text)).find("click_time: "), std::string::npos) << text;
}

TEST(click_time, more_than_a_day_ahead_is_a_warning_only) {
    auto const day = 86'400'000;
    auto const at = [&](std::int64_t ms) { return event_at(std::to_string(ms)); };
    EXPECT_EQ(warnings_of(at(to_ms(test_now) + day)), "");
    EXPECT_EQ(findings_of(at(to_ms(test_now) + day + 1)), "");
    EXPECT_EQ(warnings_of(at(to_ms(test_now) + day + 1)),
              "click_time: 2021-10-22T07:06:40Z lies more than a day in the future");
}

}  // namespace
}  // namespace setclick::event
