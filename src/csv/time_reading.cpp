#include "time_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace setclick::csv {
namespace {

constexpr std::array<std::string_view, 12> months_in_words{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

constexpr local_ms day_ms = 86'400'000;

local_ms midnight_of(int year, int month, int day) noexcept {
    using namespace std::chrono;
    auto const date =
        sys_days{std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                 std::chrono::day{static_cast<unsigned>(day)}};
    return date.time_since_epoch().count() * day_ms;
}

bool exists(int year, int month, int day) noexcept {
    using namespace std::chrono;
    return month > 0 && day > 0 &&
           year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                          std::chrono::day{static_cast<unsigned>(day)}}
               .ok();
}

}  // namespace

std::string both_readings(time_text const& t) {
    if (t.first < 1 || t.first > 12 || t.second < 1 || t.second > 12) return {};
    return fmt::format("{} {} or {} {} {}", t.first,
                       months_in_words[static_cast<std::size_t>(t.second) - 1], t.second,
                       months_in_words[static_cast<std::size_t>(t.first) - 1], t.year);
}

void time_reading::read(std::string_view cell, zone* home, cell_time& out) {
    out.problem.clear();
    out.note.clear();
    auto t = read_time_text(cell);
    switch (t.kind) {
        case time_kind::refused:
            out.problem = t.problem;
            return;
        case time_kind::moment:
            out.ms = t.ms;
            return;
        case time_kind::serial:
            break;
        case time_kind::date: {
            if (t.is_short_year && !rules_.is_order_given) {
                out.problem =
                    "has a year of two digits, which can be read in more than one way; write it in "
                    "full, or set "
                    "date_order in the profile";
                return;
            }
            int year = t.year;
            int month = t.first;
            int day = t.second;
            if (t.is_open && !order(t, year, month, day, out)) return;
            auto local = midnight_of(year, month, day);
            if (t.has_time)
                local += ((t.hour * 60 + t.minute) * 60 + t.seconds) * local_ms{1000} + t.milli;
            return place(local, t, home, out);
        }
    }
    if (rules_.serials == serial_dates::no) {
        out.problem =
            "seems to be a spreadsheet's number of days; format the column as a date, or set "
            "serial_dates = \"1900\" in "
            "the profile";
        return;
    }
    // Day 0 of the spreadsheets: 1899-12-30, or 1904-01-01.
    auto const zero = rules_.serials == serial_dates::from_1900 ? midnight_of(1899, 12, 30)
                                                                : midnight_of(1904, 1, 1);
    place(zero + t.ms, t, home, out);
}

bool time_reading::order(time_text const& t, int& year, int& month, int& day,
                         cell_time& out) const {
    auto const fail = [&](std::string why) {
        out.problem = std::move(why);
        return false;
    };
    if (rules_.order == date_order::year_first) {
        // 21/10/20: only where the year has two digits.
        year = 2000 + t.first;
        month = t.second;
        day = t.year - 2000;
        if (!t.is_short_year || !exists(year, month, day))
            return fail("does not have its year first, as date_order of the profile has it");
        return true;
    }
    if (t.first == t.second) return true;
    bool const may_be_month_first = exists(year, t.first, t.second);
    bool const may_be_day_first = exists(year, t.second, t.first);
    if (rules_.order == date_order::open) {
        if (may_be_month_first && may_be_day_first) {
            auto const cure =
                "; write such as 2021-10-20, or set date_order = \"dmy\" or \"mdy\" in the profile";
            if (rules_.day_first_line == 0)
                return fail("may be " + both_readings(t) + ", and no row of the file decides it" +
                            cure);
            return fail(fmt::format(
                "may be {}: the file has dates of both orders (lines {} and {}){}",
                both_readings(t), std::min(rules_.day_first_line, rules_.month_first_line),
                std::max(rules_.day_first_line, rules_.month_first_line), cure));
        }
        if (may_be_day_first) std::swap(month, day);
        return true;
    }
    bool const is_day_first = rules_.order == date_order::day_first;
    if (is_day_first ? !may_be_day_first : !may_be_month_first)
        return fail(is_day_first
                        ? "has its month first, and the dates of this file have the day first"
                        : "has its day first, and the dates of this file have the month first");
    if (is_day_first) std::swap(month, day);
    return true;
}

void time_reading::place(local_ms local, time_text const& t, zone* home, cell_time& out) {
    if (!t.has_time) {
        if (!rules_.time_of_day) {
            out.problem =
                "is a day without a time; export the time too, or set time_of_day = \"12:00\" in "
                "the profile";
            return;
        }
        local += rules_.time_of_day->count();
    }
    if (t.offset_minutes) {
        out.ms = local - *t.offset_minutes * local_ms{60'000};
        return;
    }
    auto* there = home;
    if (!t.zone.empty()) {
        there = named(t.zone);
        if (there == nullptr) {
            out.problem = "names a time zone that the system does not know";
            return;
        }
    }
    if (there == nullptr) {
        out.problem =
            "has no time zone, and neither the file nor the profile nor the account names one; set "
            "time_zone = "
            "\"Europe/Madrid\" (or where it was written) in the profile or the account";
        return;
    }
    auto const found = there->of(local);
    switch (found.how) {
        case meaning::never:
            out.problem =
                "does not exist in " + there->name() +
                ": its clocks were put forward over it; write the time with its offset from UTC";
            return;
        case meaning::twice:
            out.note = "is a time that " + there->name() +
                       " had twice, when its clocks were put back; the earlier one was taken";
            break;
        case meaning::once:
            break;
    }
    out.ms = to_ms(found.at);
}

zone* time_reading::named(std::string const& name) {
    // What a file may make us keep is bounded.
    constexpr std::size_t most = 64;
    if (auto const at = zones_.find(name); at != zones_.end()) return &at->second;
    auto made = zone::named(name);
    if (!made) return nullptr;
    if (zones_.size() >= most) zones_.clear();
    return &zones_.emplace(name, std::move(*made)).first->second;
}

}  // namespace setclick::csv
