#include "setclickd/api/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace setclick::api {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view trimmed(std::string_view text) noexcept {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits alone; more than fit are as good as the largest number.
std::optional<std::uint64_t> whole_number(std::string_view text) noexcept {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    return ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

milliseconds bounded(std::uint64_t count, std::uint64_t ms_each) noexcept {
    auto const most = static_cast<std::uint64_t>(longest_wait.count());
    return count > most / ms_each ? longest_wait
                                  : milliseconds{static_cast<std::int64_t>(count * ms_each)};
}

struct fields {
    int year = 0, day = 0, hour = 0, minute = 0, second = 0;
    unsigned month = 0;
};

/// Matches text against a pattern: d day (two digits, or space and digit), m month's name, y year
/// of four digits, z of two, t hh:mm:ss; all else stands for itself.
bool match(std::string_view text, std::string_view pattern, fields& out) noexcept {
    auto const digits = [&](std::size_t count, int& value) {
        auto part = text.substr(0, count);
        if (part.size() < count) return false;
        text.remove_prefix(count);
        if (part.front() == ' ' && count == 2) part.remove_prefix(1);
        auto const number = whole_number(part);
        if (number) value = static_cast<int>(*number);
        return number.has_value();
    };
    auto const literal = [&](char c) {
        if (text.empty() || text.front() != c) return false;
        text.remove_prefix(1);
        return true;
    };
    for (char const p : pattern) {
        bool ok = false;
        if (p == 'd') {
            ok = digits(2, out.day);
        } else if (p == 'y') {
            ok = digits(4, out.year);
        } else if (p == 'z') {
            ok = digits(2, out.year);
        } else if (p == 't') {
            ok = digits(2, out.hour) && literal(':') && digits(2, out.minute) && literal(':') &&
                 digits(2, out.second);
        } else if (p == 'm') {
            auto const found = std::find(month_names.begin(), month_names.end(), text.substr(0, 3));
            ok = found != month_names.end();
            out.month = static_cast<unsigned>(found - month_names.begin()) + 1;
            text.remove_prefix(std::min<std::size_t>(3, text.size()));
        } else {
            ok = literal(p);
        }
        if (!ok) return false;
    }
    return text.empty();
}

std::optional<wall_time> time_of(fields const& f) noexcept {
    year_month_day const date{year{f.year}, month{f.month}, day{static_cast<unsigned>(f.day)}};
    if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return {};
    return wall_time{sys_days{date} + hours{f.hour} + minutes{f.minute} +
                     std::chrono::seconds{f.second}};
}

}  // namespace

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) noexcept {
    text = trimmed(text);
    // The day's name says nothing that the date does not.
    auto const name_end = text.find_first_of(", ");
    if (name_end == std::string_view::npos) return {};
    auto const rest = text.substr(name_end);
    fields f;
    if (match(rest, ", d m y t GMT", f)) return time_of(f);
    if (match(rest, " m d t y", f)) return time_of(f);
    if (!match(rest, ", d-m-z t GMT", f)) return {};
    auto const today = year_month_day{floor<days>(now)};
    auto const this_year = static_cast<int>(today.year());
    f.year += this_year / 100 * 100;
    if (f.year > this_year + 50) f.year -= 100;
    if (f.year <= this_year - 50) f.year += 100;
    return time_of(f);
}

std::optional<milliseconds> parse_retry_after(std::string_view text, wall_time now) noexcept {
    text = trimmed(text);
    if (auto const number = whole_number(text)) return bounded(*number, 1000);
    auto const date = parse_http_date(text, now);
    if (!date) return {};
    return std::clamp(*date - now, milliseconds{0}, longest_wait);
}

std::optional<milliseconds> parse_reset(std::string_view text, wall_time now) noexcept {
    auto const number = whole_number(trimmed(text));
    if (!number) return {};
    constexpr std::uint64_t first_epoch_s = 1'000'000'000;       // 2001: no window is 31 years long
    constexpr std::uint64_t first_epoch_ms = 1'000'000'000'000;  // the same in milliseconds
    constexpr std::uint64_t no_time = 100'000'000'000'000;       // year 5138: neither
    if (*number < first_epoch_s) return bounded(*number, 1000);
    if (*number >= no_time) return {};
    auto const ms = static_cast<std::int64_t>(*number < first_epoch_ms ? *number * 1000 : *number);
    return std::clamp(from_ms(ms) - now, milliseconds{0}, longest_wait);
}

}  // namespace setclick::api
