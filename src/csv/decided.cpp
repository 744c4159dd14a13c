#include "decided.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "amount.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/checksum.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/profile_text.hpp"
#include "time_reading.hpp"
#include "time_text.hpp"

namespace setclick::csv {
namespace {

constexpr std::array<std::string_view, 4> order_words{"open", "dmy", "mdy", "ymd"};
constexpr std::array<std::string_view, 3> sign_words{"open", "point", "comma"};

template <class Enum, std::size_t N>
bool read_word(std::array<std::string_view, N> const& words, std::string_view text, Enum& out) {
    for (std::size_t i = 0; i < N; ++i)
        if (words[i] == text) {
            out = static_cast<Enum>(i);
            return true;
        }
    return false;
}

bool read_number(std::string_view text, std::uint64_t& out) {
    return std::from_chars(text.data(), text.data() + text.size(), out).ptr ==
               text.data() + text.size() &&
           !text.empty();
}

/// "2021-10-20 07:31:28": no open order, and no zone.
bool is_common_without_zone(std::string_view cell) noexcept {
    return cell.size() >= 16 && cell.size() <= 19 && cell[4] == '-' && is_digit(cell[0]) &&
           is_digit(cell[3]) && cell[13] == ':' && is_digit(cell.back());
}

/// "2021-10-20T05:31:28Z", "… +02:00": nothing is open.
bool is_common_with_zone(std::string_view cell) noexcept {
    if (cell.size() < 20 || cell[4] != '-' || cell[7] != '-' || !is_digit(cell[0]) ||
        cell[16] != ':')
        return false;
    return cell.back() == 'Z' ||
           (cell.size() == 25 && cell[22] == ':' && (cell[19] == '+' || cell[19] == '-'));
}

/// Seconds or milliseconds.
bool is_moment(std::string_view cell) noexcept {
    if (cell.size() != 10 && cell.size() != 13) return false;
    for (char const c : cell)
        if (!is_digit(c)) return false;
    return true;
}

}  // namespace

std::uint64_t sum_of(profile const& p) {
    return checksum(toml_of(p));
}

std::string text_of(decided const& d) {
    return fmt::format(
        "profile={}|sum={}|dates={}|day_first={}|month_first={}|decimal={}|point={}|comma={}",
        d.profile, d.profile_sum, order_words[static_cast<std::size_t>(d.dates)], d.day_first_line,
        d.month_first_line, sign_words[static_cast<std::size_t>(d.decimal)], d.point_line,
        d.comma_line);
}

std::optional<decided> decided_of(std::string_view text) {
    decided out;
    while (!text.empty()) {
        auto const end = std::min(text.find('|'), text.size());
        auto const part = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        auto const is = part.find('=');
        if (is == std::string_view::npos) return {};
        auto const name = part.substr(0, is);
        auto const value = part.substr(is + 1);
        bool is_read = true;
        if (name == "profile")
            out.profile = value;
        else if (name == "sum")
            is_read = read_number(value, out.profile_sum);
        else if (name == "dates")
            is_read = read_word(order_words, value, out.dates);
        else if (name == "day_first")
            is_read = read_number(value, out.day_first_line);
        else if (name == "month_first")
            is_read = read_number(value, out.month_first_line);
        else if (name == "decimal")
            is_read = read_word(sign_words, value, out.decimal);
        else if (name == "point")
            is_read = read_number(value, out.point_line);
        else if (name == "comma")
            is_read = read_number(value, out.comma_line);
        if (!is_read) return {};
    }
    if (out.profile.empty()) return {};
    return out;
}

void column_look::time(std::string_view cell, std::uint64_t line) {
    if (cell.empty()) return;
    ++times_;
    if (is_common_with_zone(cell) || is_moment(cell)) return;
    auto const no_zone = [&] {
        if (without_zone_++ == 0) first_without_zone_ = line;
    };
    if (is_common_without_zone(cell)) return no_zone();
    auto const t = read_time_text(cell);
    if (t.kind == time_kind::serial) return no_zone();
    if (t.kind != time_kind::date) return;
    if (!t.offset_minutes && t.zone.empty()) no_zone();
    if (!t.is_open || t.first == t.second) return;
    bool const may_be_month = t.first <= 12;
    bool const may_be_day = t.second <= 12;
    if (may_be_month && may_be_day) {
        if (open_dates_++ == 0)
            first_open_ =
                fmt::format("line {}: {} may be {}", line, printable(cell, 40), both_readings(t));
    } else if (may_be_day) {
        if (day_first_line_ == 0) day_first_line_ = line;
    } else if (may_be_month) {
        if (month_first_line_ == 0) month_first_line_ = line;
    }
}

void column_look::amount(std::string_view cell, std::uint64_t line) {
    if (cell.empty() || (point_line_ != 0 && comma_line_ != 0)) return;
    switch (sign_shown(cell)) {
        case decimal_sign::open:
            break;
        case decimal_sign::point:
            if (point_line_ == 0) point_line_ = line;
            break;
        case decimal_sign::comma:
            if (comma_line_ == 0) comma_line_ = line;
            break;
    }
}

decided column_look::result(date_order given_order, decimal_sign given_sign) const {
    decided out;
    out.dates = given_order;
    out.decimal = given_sign;
    if (given_order == date_order::open) {
        out.day_first_line = day_first_line_;
        out.month_first_line = month_first_line_;
        if (day_first_line_ != 0 && month_first_line_ == 0) out.dates = date_order::day_first;
        if (month_first_line_ != 0 && day_first_line_ == 0) out.dates = date_order::month_first;
    }
    if (given_sign == decimal_sign::open) {
        out.point_line = point_line_;
        out.comma_line = comma_line_;
        if (point_line_ != 0 && comma_line_ == 0) out.decimal = decimal_sign::point;
        if (comma_line_ != 0 && point_line_ == 0) out.decimal = decimal_sign::comma;
    }
    return out;
}

}  // namespace setclick::csv
