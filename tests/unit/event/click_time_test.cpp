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

// One moment as databases and languages write it; some with a fraction of a second.
TEST(click_time, every_form_with_one_meaning_is_read) {
    struct {
        char const* text;
        std::int64_t want;
    } const table[] = {
        {R"("1634707888000")", 1634707888000},
        {R"("1634707888")", 1634707888000},
        {"1634707888.123", 1634707888123},
        {R"("1634707888.123")", 1634707888123},
        {"1634707888000.5", 1634707888000},
        {"1.634707888E12", 1634707888000},
        {"1.634707888E9", 1634707888000},
        {R"("2021-10-20 05:31:28 UTC")", 1634707888000},
        {R"("2021-10-20 05:31:28.5 UTC")", 1634707888500},
        {R"("2021-10-20 05:31:28UTC")", 1634707888000},
        {R"("2021-10-20T05:31:28 GMT")", 1634707888000},
        {R"("2021-10-20 07:31:28 +0200")", 1634707888000},
        {R"("2021-10-20T07:31:28 +02:00")", 1634707888000},
        {R"("2021-10-20 07:31:28 GMT+2")", -1},
        {R"("2021-10-20 07:31:28 UTC+02:00")", 1634707888000},
        {R"("2021-10-20 07:31:28 +0200 CEST")", 1634707888000},
        {R"("2021-10-20 05:31:28 +0000 UTC")", 1634707888000},
        {R"("2021-10-20T07:31:28.000+02:00[Europe/Madrid]")", 1634707888000},
        {R"({"$date":"2021-10-20T05:31:28Z"})", 1634707888000},
        {R"({"$date":{"$numberLong":"1634707888000"}})", 1634707888000},
        {R"({ "$date" : 1634707888000 })", 1634707888000},
        {R"({"$numberLong":"1634707888000"})", 1634707888000},
        {R"("\/Date(1634707888000)\/")", 1634707888000},
        {R"("/Date(1634707888000+0200)/")", 1634707888000},
        {R"(" 2021-10-20T05:31:28Z ")", 1634707888000},
        {"\"2021-10-20T05:31:28Z\xE2\x80\x8B\"", 1634707888000},
        {"\"\xEF\xBB\xBF"
         "1634707888\"",
         1634707888000},
        {R"("Wed, 20 Oct 2021 05:31:28 GMT")", 1634707888000},
        {R"("Wed, 20 Oct 2021 07:31:28 +0200")", 1634707888000},
        {R"x("Wed Oct 20 2021 07:31:28 GMT+0200 (Central European Summer Time)")x", 1634707888000},
        {R"("2021-10-20t05:31:28z")", 1634707888000},
    };
    for (auto const& row : table)
        EXPECT_EQ(read_time(row.text), row.want) << row.text;
}

TEST(click_time, a_form_that_cannot_be_read_is_named) {
    struct {
        char const* text;
        char const* part;
    } const table[] = {
        {"1634707888000000", "seems to be microseconds"},
        {R"("1634707888000000")", "seems to be microseconds"},
        {"1634707888000000000", "seems to be nanoseconds"},
        {"44489.23", "a spreadsheet's number of days"},
        {R"("2021-10-20")", "a day without a time"},
        {R"("20/10/2021 05:31")", "can be read in two ways"},
        {R"("10.11.2021 05:31:28")", "can be read in two ways"},
        {R"("05:31:28")", "a time without a day"},
        {R"("2021-10-20 07:31:28 CEST")", "a zone's name"},
        {R"("2021-10-20 07:31:28")", "has no offset"},
        {R"("Wed Oct 20 05:31:28 2021")", "is not a time"},
        {R"({"$date":"yesterday"})", "must be a number"},
        {R"({"$oid":"60a52f6ac660b269d13c3f53"})", "must be a number"},
        {"[1634707888000]", "must be a number"},
    };
    for (auto const& row : table) {
        auto const found = findings_of(event_at(row.text));
        EXPECT_EQ(found.find("click_time: "), 0U) << row.text << ": " << found;
        EXPECT_NE(found.find(row.part), std::string::npos) << row.text << ": " << found;
    }
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
