#include "setclickd/event/iso_time.hpp"

#include <gtest/gtest.h>

namespace setclick::event {
namespace {

std::string shown(std::variant<wall_time, iso_problem> const& parsed) {
    if (auto const* const time = std::get_if<wall_time>(&parsed)) return wall_text(*time, true);
    switch (std::get<iso_problem>(parsed)) {
        case iso_problem::not_iso:
            return "not iso";
        case iso_problem::no_offset:
            return "no offset";
        case iso_problem::no_such:
            return "no such";
    }
    return "";
}

TEST(iso_time, every_form_is_read_or_refused_with_the_right_reason) {
    struct {
        char const* text;
        char const* want;
    } const table[] = {
        {"2021-10-20T05:31:28Z", "2021-10-20T05:31:28.000Z"},
        {"2021-10-20t05:31:28z", "2021-10-20T05:31:28.000Z"},
        {"2021-10-20 05:31:28Z", "2021-10-20T05:31:28.000Z"},
        {"2021-10-20T05:31Z", "2021-10-20T05:31:00.000Z"},
        {"20211020T053128Z", "2021-10-20T05:31:28.000Z"},
        {"20211020T0531+0130", "2021-10-20T04:01:00.000Z"},
        {"2021-10-20T05:31:28.5Z", "2021-10-20T05:31:28.500Z"},
        {"2021-10-20T05:31:28,123456789Z", "2021-10-20T05:31:28.123Z"},
        {"2021-10-20T05:31:28+00:00", "2021-10-20T05:31:28.000Z"},
        {"2021-10-20T00:31:28+02:00", "2021-10-19T22:31:28.000Z"},
        {"2021-12-31T23:31:28-0530", "2022-01-01T05:01:28.000Z"},
        {"2020-02-29T00:00:00Z", "2020-02-29T00:00:00.000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
        {"2021-02-29T00:00:00Z", "no such"},
        {"2021-13-01T00:00:00Z", "no such"},
        {"2021-00-01T00:00:00Z", "no such"},
        {"2021-10-20T24:00:00Z", "no such"},
        {"2021-10-20T05:60:00Z", "no such"},
        {"2021-10-20T05:31:60Z", "no such"},
        {"0000-01-01T00:00:00Z", "no such"},
        {"2021-10-20T05:31:28", "no offset"},
        {"2021-10-20T05:31:28.250", "no offset"},
        {"2021-10-20", "not iso"},
        {"2021-10-20T05", "not iso"},
        {"2021-10-20T05:31:28.Z", "not iso"},
        {"2021-10-20T05:31:28ZZ", "not iso"},
        {"2021-10-20T05:31:28+24:00", "not iso"},
        {"2021-10-20T05:31:28+", "not iso"},
        {"2021-10-20T05:31:28 +02:00", "not iso"},
        {"2021-10-20T05:31:28Z ", "not iso"},
        {" 2021-10-20T05:31:28Z", "not iso"},
        {"2021-1-2T05:31:28Z", "not iso"},
        {"-021-10-20T05:31:28Z", "not iso"},
        {"10/20/2021 05:31", "not iso"},
        {"", "not iso"},
    };
    for (auto const& row : table)
        EXPECT_EQ(shown(parse_iso_time(row.text)), row.want) << row.text;
}

TEST(iso_time, missing_offset_can_mean_utc) {
    EXPECT_EQ(shown(parse_iso_time_utc("2025-07-15 15:14:38")), "2025-07-15T15:14:38.000Z");
    EXPECT_EQ(shown(parse_iso_time_utc("2025-07-15 15:14:38+02:00")), "2025-07-15T13:14:38.000Z");
}

}  // namespace
}  // namespace setclick::event
