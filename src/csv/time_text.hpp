// A cell that should hold a time → what is written in it, without deciding what it means: which of two
// numbers is the month, and which zone is meant, is decided elsewhere (time_reading.hpp).
//
// Pure; never a guess: a form that has no one reading says so in `problem`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace setclick::csv {

enum class time_kind : std::uint8_t {
    moment,   ///< seconds or milliseconds since 1970: needs no zone
    date,     ///< a date, with or without a time of day and a zone
    serial,   ///< a spreadsheet's number of days
    refused,  ///< see `problem`
};

struct time_text {
    time_kind kind = time_kind::refused;
    std::int64_t ms = 0;  ///< moment: since 1970; serial: since the spreadsheet's day 0
    int year = 0;
    int first = 0;         ///< the month; where `is_open`, the first number as it is written
    int second = 0;        ///< the day; where `is_open`, the second number
    bool is_open = false;  ///< 1/2/2021: the order of day and month is not in the form
    bool is_short_year = false;
    bool has_time = false;
    int hour = 0, minute = 0, seconds = 0, milli = 0;
    std::optional<int> offset_minutes;
    std::string zone;          ///< a zone's name in the cell: "Europe/Madrid"
    std::string_view problem;  ///< a literal: "is a spreadsheet's error, not a value"
};

/// `cell` has no white space at its ends.
time_text read_time_text(std::string_view cell);

/// `text` is what spreadsheets show in the place of a value: #NAME?, #N/A, #####.
bool is_spreadsheet_error(std::string_view text) noexcept;

/// 1.63471E+12: what a spreadsheet shows of a long number.
bool is_rounded(std::string_view text) noexcept;

}  // namespace setclick::csv
