#include "setclickd/base/time.hpp"

#include <gtest/gtest.h>

namespace setclick {
namespace {

TEST(time, durations_need_a_unit_and_stay_finite) {
    EXPECT_EQ(parse_duration("250ms").value(), 250ms);
    EXPECT_EQ(parse_duration("1h30m").value(), 90min);
    EXPECT_EQ(parse_duration("7d").value(), 168h);
    EXPECT_EQ(parse_duration("0s").value(), 0ms);
    for (auto const* bad : {"", "5", "s", "-1s", "5 s", "5x", "99999999999d", "1h 30m", "1.5s"}) {
        auto const out = parse_duration(bad);
        ASSERT_FALSE(out) << bad;
        EXPECT_EQ(out.error().code, errc::config);
    }
}

TEST(time, durations_are_shown_in_their_two_largest_units) {
    EXPECT_EQ(duration_text(0ms), "0 s");
    EXPECT_EQ(duration_text(250ms), "250 ms");
    EXPECT_EQ(duration_text(2s + 250ms), "2 s");
    EXPECT_EQ(duration_text(2h + 47min + 3s), "2 h 47 min");
    EXPECT_EQ(duration_text(168h), "7 d");
}

TEST(time, moments_are_shown_in_utc) {
    EXPECT_EQ(wall_text(from_ms(1634707888123)), "2021-10-20T05:31:28Z");
    EXPECT_EQ(wall_text(from_ms(1634707888123), true), "2021-10-20T05:31:28.123Z");
}

}  // namespace
}  // namespace setclick
