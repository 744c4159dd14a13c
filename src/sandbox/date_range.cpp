#include "date_range.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace setclick::sandbox {
namespace {

using namespace std::chrono;

std::optional<sys_days> parse_day(std::string_view text) {
    if (text.size() != 8 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    year_month_day const day{year{static_cast<int>(number / 10000)}, month{number / 100 % 100},
                             std::chrono::day{number % 100}};
    if (!day.ok()) return std::nullopt;
    return sys_days{day};
}

date_range month_of(year_month month) {
    return {sys_days{month / 1}, sys_days{year_month_day_last{month / last}}};
}

date_range year_of(year y) {
    return {sys_days{y / 1 / 1}, sys_days{y / 12 / 31}};
}

date_range last_days(sys_days today, int count) {
    return {today - days{count - 1}, today};
}

date_range week_from(sys_days today, weekday first) {
    auto const begin = today - (weekday{today} - first);
    return {begin, begin + days{6}};
}

struct named_range {
    std::string_view name;
    date_range (*of)(sys_days today);
};

year_month month_at(sys_days day) {
    year_month_day const date{day};
    return date.year() / date.month();
}

constexpr std::array<named_range, 13> named_ranges{{
    {"today", [](sys_days t) { return last_days(t, 1); }},
    {"yesterday", [](sys_days t) { return last_days(t - days{1}, 1); }},
    {"last_7_days", [](sys_days t) { return last_days(t, 7); }},
    {"last_14_days", [](sys_days t) { return last_days(t, 14); }},
    {"last_30_days", [](sys_days t) { return last_days(t, 30); }},
    {"last_60_days", [](sys_days t) { return last_days(t, 60); }},
    {"last_90_days", [](sys_days t) { return last_days(t, 90); }},
    {"this_month", [](sys_days t) { return month_of(month_at(t)); }},
    {"last_month", [](sys_days t) { return month_of(month_at(t) - months{1}); }},
    {"this_week_monday_sunday", [](sys_days t) { return week_from(t, Monday); }},
    {"this_week_sunday_saturday", [](sys_days t) { return week_from(t, Sunday); }},
    {"this_year", [](sys_days t) { return year_of(year_month_day{t}.year()); }},
    {"last_year", [](sys_days t) { return year_of(year_month_day{t}.year() - years{1}); }},
}};

}  // namespace

std::optional<date_range> parse_date_range(std::string_view text, sys_days today) {
    for (auto const& named : named_ranges)
        if (named.name == text) return named.of(today);
    auto const comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    auto const first = parse_day(text.substr(0, comma));
    auto const last = parse_day(text.substr(comma + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return date_range{*first, *last};
}

std::string day_text(sys_days day) {
    year_month_day const date{day};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

}  // namespace setclick::sandbox
