#include "api/retry_after.hpp"

#include <gtest/gtest.h>

#include "setclickd/event/http_date.hpp"

namespace setclick::api {
namespace {

// 2026-11-22T10:00:00Z, a Sunday.
constexpr wall_time now =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{10};

std::int64_t ms(std::optional<milliseconds> d) {
    return d ? d->count() : -1;
}

TEST(retry_after, numbers_and_dates_become_waits_and_junk_nothing) {
    struct {
        char const* text;
        std::int64_t want;
    } const table[] = {
        {"0", 0},
        {"7", 7000},
        {" 120\t", 120'000},
        {"007", 7000},
        {"31536000", longest_wait.count()},
        {"31536001", longest_wait.count()},
        {"18446744073709551615", longest_wait.count()},
        {"18446744073709551616", longest_wait.count()},
        {"99999999999999999999999999999999999999", longest_wait.count()},
        {"Sun, 22 Nov 2026 10:00:07 GMT", 7000},
        {"Sunday, 22-Nov-26 10:00:07 GMT", 7000},
        {"Sun Nov 22 10:00:07 2026", 7000},
        {"Tue Dec  1 10:00:00 2026", 9LL * 86'400'000},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 0},
        {"Mon, 01 Jan 2120 00:00:00 GMT", longest_wait.count()},
        {"Sun, 22 Nov 2026 10:00:60 GMT", 60'000},
        {"", -1},
        {"-5", -1},
        {"+5", -1},
        {"7.5", 7500},
        {"2.997", 2997},
        {"0.493", 493},
        {"0.0001", 1},
        {"7.", -1},
        {".5", -1},
        {"1, 5", 5000},
        {"5,", 5000},
        {"1, soon", -1},
        {"1795341607", 7000},
        {"1795341607000", 7000},
        {"2026-11-22T10:00:07Z", 7000},
        {"2026-11-22T11:00:07+01:00", 7000},
        {"2026-11-22T10:00:07", -1},
        {"Sun, 22 Nov 2026 11:00:07 +0100", 7000},
        {"Sun, 22 Nov 2026 10:00:07 UTC", 7000},
        {"Sun, 2 Nov 2036 10:00:07 GMT", longest_wait.count()},
        {"7s", -1},
        {"soon", -1},
        {"1e3", -1},
        {"0x10", -1},
        {"Sun, 31 Feb 2026 10:00:00 GMT", -1},
        {"Sun, 22 Nov 2026 25:00:00 GMT", -1},
        {"Sun, 22 Nov 2026 10:00:07 CET", -1},
        {"Sun, 22 Nov 2026 10:00:07", -1},
        {"Sun, 22 Nov", -1},
        {"Sun, 22 Nov 2026 10:00:07 GMT extra", -1},
        {",", -1},
        {"Sun,", -1},
    };
    for (auto const& row : table)
        EXPECT_EQ(ms(parse_retry_after(row.text, now)), row.want) << row.text;
}

TEST(retry_after, year_of_two_digits_lies_within_fifty_years) {
    EXPECT_EQ(event::parse_http_date("Friday, 06-Nov-76 00:00:00 GMT", now),
              wall_time{std::chrono::sys_days{std::chrono::year{2076} / 11 / 6}});
    EXPECT_EQ(event::parse_http_date("Sunday, 06-Nov-77 00:00:00 GMT", now),
              wall_time{std::chrono::sys_days{std::chrono::year{1977} / 11 / 6}});
}

TEST(retry_after, reset_is_seconds_or_a_moment) {
    struct {
        std::string text;
        std::int64_t want;
    } const table[] = {
        {"30", 30'000},
        {"0", 0},
        {std::to_string(to_ms(now) / 1000 + 30), 30'000},
        {std::to_string(to_ms(now) + 30), 30},
        {std::to_string(to_ms(now) / 1000 - 30), 0},
        {"999999999", longest_wait.count()},
        {"18446744073709551616", -1},
        {"-1", -1},
        {"later", -1},
        {"", -1},
    };
    for (auto const& row : table)
        EXPECT_EQ(ms(parse_reset(row.text, now)), row.want) << row.text;
}

}  // namespace
}  // namespace setclick::api
