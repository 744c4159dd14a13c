#include "csv/time_text.hpp"

#include <gtest/gtest.h>

#include "csv/time_reading.hpp"

namespace setclick::csv {
namespace {

zone madrid() {
    return *zone::named("Europe/Madrid");
}

/// What a cell means, or why it means nothing.
std::string read(std::string_view cell, time_rules rules = {}, bool has_zone = true) {
    auto home = madrid();
    time_reading reading(rules);
    cell_time out;
    reading.read(cell, has_zone ? &home : nullptr, out);
    if (!out.problem.empty()) return out.problem;
    return wall_text(from_ms(out.ms), out.ms % 1000 != 0) + (out.note.empty() ? "" : " (note)");
}

struct form {
    char const* cell;
    char const* expected;
};

TEST(time_text, each_form_is_the_same_moment) {
    constexpr char const* moment = "2021-10-20T05:31:28Z";
    constexpr char const* to_minute = "2021-10-20T05:31:00Z";
    form const forms[] = {
        {"2021-10-20 07:31:28", moment},
        {"2021-10-20T07:31:28", moment},
        {"2021-10-20T05:31:28Z", moment},
        {"2021-10-20T05:31:28z", moment},
        {"2021-10-20T07:31:28+02:00", moment},
        {"2021-10-20 07:31:28 +02:00", moment},
        {"2021-10-20 07:31:28+0200", moment},
        {"2021-10-20 07:31:28 +0200", moment},
        {"2021-10-20 07:31:28+02", moment},
        {"2021-10-20 05:31:28 UTC", moment},
        {"2021-10-20 05:31:28 GMT", moment},
        {"2021-10-20 07:31:28 UTC+2", moment},
        {"2021-10-20 07:31:28 GMT+02:00", moment},
        {"2021-10-19 22:31:28 America/Los_Angeles", moment},
        {"2021-10-20T07:31:28+02:00[Europe/Madrid]", moment},
        {"2021-10-20 07:31:28[Europe/Madrid]", moment},
        {"2021-10-20 07:31:28 +0200 CEST", moment},
        {"20211020 073128 Europe/Madrid", moment},
        {"20211020T073128", moment},
        {"20211020073128", moment},
        {"2021-10-20 05-31-28+0000", moment},
        {"2021/10/20 07:31:28", moment},
        {"2021.10.20 07:31:28", moment},
        {"2021-10-20 7:31:28", moment},
        {"2021-10-20 7:31:28 AM", moment},
        {"2021-10-20 07:31:28.000", moment},
        {"10/20/2021 7:31:28 AM", moment},
        {"10/20/2021 07:31:28 am", moment},
        {"20/10/2021 07:31:28", moment},
        {"20.10.2021 07:31:28", moment},
        {"20-10-2021 07:31:28", moment},
        {"20.10.2021, 07:31:28", moment},
        {"20/10/2021 - 07:31:28", moment},
        {"20/10/2021 7:31:28 a. m.", moment},
        {"20/10/2021 7:31:28\u00A0a.\u00A0m.", moment},
        {"10/20/2021 7:31:28\u202FAM", moment},
        {"\u200E20/\u200E10/\u200E2021 07:31:28", moment},
        {"20 Oct 2021 07:31:28", moment},
        {"20 October 2021 07:31:28", moment},
        {"20-Oct-2021 07:31:28", moment},
        {"Oct 20, 2021 7:31:28 AM", moment},
        {"October 20, 2021 07:31:28", moment},
        {"20 oct. 2021 07:31:28", moment},
        {"20. Oktober 2021 07:31:28", moment},
        {"20 de octubre de 2021 07:31:28", moment},
        {"20 ott 2021 07:31:28", moment},
        {"20/Oct/2021:07:31:28 +0200", moment},
        {"20th Oct 2021 07:31:28", moment},
        {"October 20th, 2021 7:31:28 AM", moment},
        {"Wed Oct 20 07:31:28 2021", moment},
        {"Wed Oct 20 05:31:28 UTC 2021", moment},
        {"Wed Oct 20 07:31:28 +0200 2021", moment},
        {"Wed Oct 20 07:31:28 AM 2021", moment},
        {"20 out. 2021 07:31:28", moment},
        {"Wed, 20 Oct 2021 05:31:28 +0000", moment},
        {"Wed, 20 Oct 2021 05:31:28 GMT", moment},
        {"Wed Oct 20 2021 07:31:28 GMT+0200 (Central European Summer Time)", moment},
        {"1634707888", moment},
        {"1634707888000", moment},
        {"1634707888.000", moment},
        {"20/10/2021 07:31", to_minute},
        {"2021-10-20 07:31", to_minute},
        {"20/10/2021 07h31", to_minute},
        {"10/20/2021 7:31 AM", to_minute},
        {"2021-10-20 07:31:28.5", "2021-10-20T05:31:28.500Z"},
        {"2021-10-20 07:31:28,123456", "2021-10-20T05:31:28.123Z"},
        {"1634707888.123", "2021-10-20T05:31:28.123Z"},
        {"12/31/2021 12:00:00 AM", "2021-12-30T23:00:00Z"},
        {"12/31/2021 12:00:00 PM", "2021-12-31T11:00:00Z"},
        {"12/31/2021 1 PM", "2021-12-31T12:00:00Z"},
        {"5/5/2021 10:00", "2021-05-05T08:00:00Z"},
        {"2016-12-31 23:59:60Z", "2017-01-01T00:00:00Z"},
    };
    for (auto const& f : forms)
        EXPECT_EQ(read(f.cell), f.expected) << f.cell;
}

TEST(time_text, what_has_no_one_reading_is_refused_with_the_reason) {
    form const forms[] = {
        {"", "is empty"},
        {"1.63471E+12", "rounded"},
        {"1,63471E+12", "rounded"},
        {"3.46E+10", "rounded"},
        {"#NAME?", "spreadsheet's error"},
        {"#N/A", "spreadsheet's error"},
        {"#\u00A1VALOR!", "spreadsheet's error"},
        {"#DIV/0!", "spreadsheet's error"},
        {"########", "spreadsheet's error"},
        {"44489", "serial_dates"},
        {"44489.3135185185", "serial_dates"},
        {"2021-10-20", "a day without a time"},
        {"20/10/2021", "a day without a time"},
        {"20211020", "a day without a time"},
        {"07:31:28", "write the day in front"},
        {"07:31 20/10/2021", "write the day in front"},
        {"2021-00-01 10:00", "does not exist"},
        {"20/10/2021-21/10/2021", "no time that can be read"},
        {"yesterday", "no time that can be read"},
        {"2021-10-20 07:31:28 CET", "short name"},
        {"2021-10-20 07:31:28 PST", "short name"},
        {"Wed Oct 20 07:31:28 CEST 2021", "short name"},
        {"Wed Oct 20 07:31:28", "no time that can be read"},
        {"2021-10-20:07:31:28", "no time that can be read"},
        {"20ths Oct 2021 07:31", "no time that can be read"},
        {"2021-10-20 07:31:28 Mars/Olympus", "does not know"},
        {"2021-10-20 24:00:00", "the hour 24"},
        {"2021-10-20 07:31:60", "does not exist"},
        {"2021-10-20 07:61:00", "does not exist"},
        {"2021-10-20 25:00:00", "does not exist"},
        {"2021-02-29 10:00:00", "does not exist"},
        {"2021-13-01 10:00:00", "does not exist"},
        {"31/31/2021 10:00", "does not exist"},
        {"10/20/2021 13:31:28 PM", "AM or PM"},
        {"10/20/2021 0:31:28 AM", "AM or PM"},
        {"1634707888000000", "microseconds"},
        {"1634707888000000000", "nanoseconds"},
        {"1634", "a number that is no time"},
        {"20/10/21 07:31", "two digits"},
        {"20-Oct-21 07:31", "two digits"},
        {"2021-10-20 07:31:28 +25:00", "no zone has"},
        {"2021-10-20 07:31:28 or so", "no time that can be read"},
        {"2021-10-20 07:31:28 2021-10-20", "no time that can be read"},
        {"2021-10-20 7:3:28", "no time that can be read"},
        {"1/2/2021 12:00", "1 February or 2 January 2021"},
        {"2026-03-29 02:30:00", "does not exist in Europe/Madrid"},
    };
    for (auto const& f : forms)
        EXPECT_NE(read(f.cell).find(f.expected), std::string::npos)
            << f.cell << ": " << read(f.cell);
}

TEST(time_text, without_a_zone_nothing_is_assumed) {
    EXPECT_NE(read("2021-10-20 07:31:28", {}, false).find("has no time zone"), std::string::npos);
    EXPECT_EQ(read("2021-10-20 07:31:28 +02:00", {}, false), "2021-10-20T05:31:28Z");
    EXPECT_EQ(read("2021-10-20 07:31:28 Europe/Madrid", {}, false), "2021-10-20T05:31:28Z");
    EXPECT_EQ(read("1634707888000", {}, false), "2021-10-20T05:31:28Z");
}

TEST(time_text, the_hour_that_comes_twice_is_the_earlier_one_with_a_note) {
    EXPECT_EQ(read("2026-10-25 02:30:00"), "2026-10-25T00:30:00Z (note)");
    EXPECT_EQ(read("2026-10-25 02:30:00+01:00"), "2026-10-25T01:30:00Z");
    EXPECT_EQ(read("2026-10-25 03:00:00"), "2026-10-25T02:00:00Z");
    EXPECT_EQ(read("2026-03-29 01:59:59"), "2026-03-29T00:59:59Z");
    EXPECT_EQ(read("2026-03-29 03:00:00"), "2026-03-29T01:00:00Z");
}

TEST(time_text, the_order_of_the_file_decides_what_can_be_read_in_two_ways) {
    time_rules day_first;
    day_first.order = date_order::day_first;
    time_rules month_first;
    month_first.order = date_order::month_first;
    EXPECT_EQ(read("1/2/2021 12:00", day_first), "2021-02-01T11:00:00Z");
    EXPECT_EQ(read("1/2/2021 12:00", month_first), "2021-01-02T11:00:00Z");
    EXPECT_EQ(read("1.2.2021 12:00", day_first), "2021-02-01T11:00:00Z");
    EXPECT_NE(read("10/20/2021 12:00", day_first).find("has its month first"), std::string::npos);
    EXPECT_NE(read("20/10/2021 12:00", month_first).find("has its day first"), std::string::npos);
    EXPECT_EQ(read("2021-02-01 12:00", month_first), "2021-02-01T11:00:00Z");
    time_rules given = day_first;
    given.is_order_given = true;
    EXPECT_EQ(read("20/10/21 07:31", given), "2021-10-20T05:31:00Z");
    given.order = date_order::year_first;
    EXPECT_EQ(read("21/10/20 07:31", given), "2021-10-20T05:31:00Z");
    time_rules both;
    both.day_first_line = 4;
    both.month_first_line = 7;
    EXPECT_EQ(read("20/10/2021 07:31", both), "2021-10-20T05:31:00Z");
    EXPECT_NE(read("1/2/2021 07:31", both).find("lines 4 and 7"), std::string::npos);
}

TEST(time_text,
     a_spreadsheets_numbers_of_days_and_days_alone_are_read_where_the_profile_has_it_so) {
    time_rules serial;
    serial.serials = serial_dates::from_1900;
    EXPECT_EQ(read("44489.3135185185", serial), "2021-10-20T05:31:28Z");
    EXPECT_EQ(read("44489,3135185", serial), "2021-10-20T05:31:28Z");
    serial.serials = serial_dates::from_1904;
    EXPECT_EQ(read("43027.3135185185", serial), "2021-10-20T05:31:28Z");
    EXPECT_NE(read("43027", serial).find("a day without a time"), std::string::npos);
    time_rules noon;
    noon.time_of_day = std::chrono::hours{12};
    EXPECT_EQ(read("2021-10-20", noon), "2021-10-20T10:00:00Z");
    EXPECT_EQ(read("20/10/2021", noon), "2021-10-20T10:00:00Z");
    noon.serials = serial_dates::from_1900;
    EXPECT_EQ(read("44489", noon), "2021-10-20T10:00:00Z");
}

/// Whatever stands in a cell: an answer, and none that reads outside of it (the sanitizers look on).
TEST(time_text, every_cut_and_every_changed_byte_of_a_form_has_an_answer) {
    for (std::string const form :
         {"2021-10-20T07:31:28.123+02:00[Europe/Madrid]", "Wed, 20 Oct 2021 05:31:28 +0000",
          "10/20/2021 7:31:28\u202FAM", "20 de octubre de 2021 07:31:28", "44489.3135185"}) {
        for (std::size_t i = 0; i <= form.size(); ++i) {
            read_time_text(form.substr(0, i));
            read_time_text(form.substr(i));
            for (char const c :
                 {'\0', ' ', '9', ':', '-', '\x80', '\xFF', '/', '.', 'e', '[', ']'}) {
                auto changed = form;
                if (i < form.size()) changed[i] = c;
                read_time_text(changed);
            }
        }
    }
    EXPECT_EQ(read_time_text(std::string(5000, '1')).kind, time_kind::refused);
}

}  // namespace
}  // namespace setclick::csv
