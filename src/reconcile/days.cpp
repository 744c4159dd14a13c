#include "setclickd/reconcile/days.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "setclickd/api/report.hpp"

namespace setclick::reconcile {
namespace {

using namespace std::chrono;

day_range month_of(year_month m) {
    return {sys_days{m / 1}, sys_days{m / last}};
}
day_range year_of(year y) {
    return {sys_days{y / 1 / 1}, sys_days{y / 12 / 31}};
}
day_range last_days(day today, int count) {
    return {today - days{count - 1}, today};
}
day_range week_from(day today, weekday first) {
    auto const begin = today - (weekday{today} - first);
    return {begin, begin + days{6}};
}
year_month month_at(day d) {
    year_month_day const date{d};
    return date.year() / date.month();
}

struct named_range {
    std::string_view name;
    day_range (*of)(day today);
};
constexpr std::array<named_range, 13> named_ranges{{
    {"today", [](day t) { return last_days(t, 1); }},
    {"yesterday", [](day t) { return last_days(t - days{1}, 1); }},
    {"last_7_days", [](day t) { return last_days(t, 7); }},
    {"last_14_days", [](day t) { return last_days(t, 14); }},
    {"last_30_days", [](day t) { return last_days(t, 30); }},
    {"last_60_days", [](day t) { return last_days(t, 60); }},
    {"last_90_days", [](day t) { return last_days(t, 90); }},
    {"this_month", [](day t) { return month_of(month_at(t)); }},
    {"last_month", [](day t) { return month_of(month_at(t) - months{1}); }},
    {"this_week_monday_sunday", [](day t) { return week_from(t, Monday); }},
    {"this_week_sunday_saturday", [](day t) { return week_from(t, Sunday); }},
    {"this_year", [](day t) { return year_of(year_month_day{t}.year()); }},
    {"last_year", [](day t) { return year_of(year_month_day{t}.year() - years{1}); }},
}};

/// Digits at a place of a text, or -1.
int number_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
    int value = 0;
    auto const part = text.substr(at, count);
    auto const [end, ec] = std::from_chars(part.data(), part.data() + part.size(), value);
    return ec == std::errc{} && end == part.data() + part.size() && part.size() == count &&
                   part[0] != '-'
               ? value
               : -1;
}

std::optional<day> made(int y, int m, int d) noexcept {
    if (y < 0 || m < 0 || d < 0) return {};
    year_month_day const date{year{y}, month{static_cast<unsigned>(m)},
                              std::chrono::day{static_cast<unsigned>(d)}};
    if (!date.ok()) return {};
    return sys_days{date};
}

std::string text_of(day d, char const* format) {
    year_month_day const date{d};
    char text[32];
    std::snprintf(text, sizeof text, format, static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

}  // namespace

result<day_range> days_of(std::string_view date_range, day today) {
    for (auto const& named : named_ranges)
        if (named.name == date_range) return named.of(today);
    auto const range = api::date_range(date_range);
    if (!range) return range.error();
    std::string_view const text = *range;
    auto const compact = [](std::string_view t) {
        return made(number_at(t, 0, 4), number_at(t, 4, 2), number_at(t, 6, 2));
    };
    auto const first = compact(text.substr(0, 8));
    auto const last_day = compact(text.substr(text.find(',') + 1));
    if (!first || !last_day) return fail(errc::usage, "\"" + *range + "\" is no range of days");
    return day_range{*first, *last_day};
}

std::string query_text(day_range const& range) {
    return text_of(range.first, "%04d%02u%02u") + "," + text_of(range.last, "%04d%02u%02u");
}

std::string day_text(day d) {
    return text_of(d, "%04d-%02u-%02u");
}

std::optional<day> day_from(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
    return made(number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2));
}

}  // namespace setclick::reconcile
