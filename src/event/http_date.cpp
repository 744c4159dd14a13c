#include "setclickd/event/http_date.hpp"

#include <date/date.h>

#include <locale>
#include <sstream>
#include <string>

#include "setclickd/base/ascii.hpp"

namespace setclick::event {
namespace {

template <class Time>
bool read_as(std::string_view text, char const* format, Time& out) {
    std::istringstream in{std::string(text)};
    in.imbue(std::locale::classic());
    in >> date::parse(format, out);
    return !in.fail() && in.peek() == std::istringstream::traits_type::eof();
}

/// A year of two digits: the one nearest to now, at most 50 years ahead.
std::optional<wall_time> in_this_century(date::sys_seconds read, wall_time now) {
    auto const midnight = date::floor<date::days>(read);
    date::year_month_day const day{midnight};
    auto const this_year =
        static_cast<int>(date::year_month_day{date::floor<date::days>(now)}.year());
    auto year = static_cast<int>(day.year()) % 100 + this_year / 100 * 100;
    if (year > this_year + 50) year -= 100;
    if (year <= this_year - 50) year += 100;
    auto const right = date::year{year} / day.month() / day.day();
    if (!right.ok()) return {};
    return wall_time{date::sys_days{right} + (read - midnight)};
}

}  // namespace

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) {
    text = trimmed(text);
    // The day's name says nothing that the date does not.
    auto const name_end = text.find_first_of(", ");
    if (name_end == std::string_view::npos || name_end == 0) return {};
    auto rest = std::string(text.substr(name_end));
    // A leap second is the minute's end: no clock of ours counts it.
    seconds leap{0};
    if (auto const at = rest.find(":60"); at != std::string::npos) {
        rest.replace(at, 3, ":59");
        leap = seconds{1};
    }
    date::sys_seconds read;
    if (read_as(rest, ", %d %b %Y %H:%M:%S GMT", read) ||
        read_as(rest, ", %d %b %Y %H:%M:%S UTC", read) ||
        read_as(rest, ", %d %b %Y %H:%M:%S %z", read) || read_as(rest, " %b %d %H:%M:%S %Y", read))
        return wall_time{read + leap};
    if (!read_as(rest, ", %d-%b-%y %H:%M:%S GMT", read)) return {};
    return in_this_century(read + leap, now);
}

}  // namespace setclick::event
