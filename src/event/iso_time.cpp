#include "setclickd/event/iso_time.hpp"

#include <optional>

#include "setclickd/base/ascii.hpp"

namespace setclick::event {
namespace {

/// Takes an ISO 8601 text apart from the left; each step says whether it found what it looks for.
class cursor {
public:
    explicit cursor(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    bool has_digit() const noexcept { return !at_end() && is_digit(rest_.front()); }

    /// Exactly `count` digits.
    bool number(int count, int& out) noexcept {
        if (rest_.size() < static_cast<std::size_t>(count)) return false;
        out = 0;
        for (int i = 0; i < count; ++i) {
            auto const c = rest_[static_cast<std::size_t>(i)];
            if (!is_digit(c)) return false;
            out = out * 10 + (c - '0');
        }
        rest_.remove_prefix(static_cast<std::size_t>(count));
        return true;
    }

    char one_of(std::string_view chars) noexcept {
        if (at_end() || chars.find(rest_.front()) == std::string_view::npos) return 0;
        auto const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    /// Any number of digits; the first three as milliseconds.
    bool fraction(int& ms) noexcept {
        if (!has_digit()) return false;
        ms = 0;
        for (int weight = 100; has_digit(); weight /= 10) {
            ms += (rest_.front() - '0') * weight;
            rest_.remove_prefix(1);
        }
        return true;
    }

private:
    std::string_view rest_;
};

struct parts {
    int year = 0, month = 0, day = 0;
    int hour = 0, minute = 0, second = 0, ms = 0;
    std::optional<int> offset_minutes;
};

bool read_date(cursor& c, parts& p) noexcept {
    if (!c.number(4, p.year)) return false;
    bool const extended = c.one_of("-") != 0;
    if (!c.number(2, p.month)) return false;
    if (extended && c.one_of("-") == 0) return false;
    return c.number(2, p.day);
}

bool read_time(cursor& c, parts& p) noexcept {
    if (!c.number(2, p.hour)) return false;
    bool const extended = c.one_of(":") != 0;
    if (!c.number(2, p.minute)) return false;
    if (extended ? c.one_of(":") == 0 : !c.has_digit()) return true;  // no seconds
    if (!c.number(2, p.second)) return false;
    return c.one_of(".,") == 0 || c.fraction(p.ms);
}

bool read_offset(cursor& c, parts& p) noexcept {
    if (c.at_end()) return true;
    if (c.one_of("Zz") != 0) {
        p.offset_minutes = 0;
        return c.at_end();
    }
    auto const sign = c.one_of("+-");
    int hours = 0;
    int minutes = 0;
    if (sign == 0 || !c.number(2, hours)) return false;
    c.one_of(":");
    if (!c.at_end() && !c.number(2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    p.offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    return c.at_end();
}

std::variant<wall_time, iso_problem> parse(std::string_view text,
                                           bool utc_without_offset) noexcept {
    cursor c{text};
    parts p;
    if (!read_date(c, p) || c.one_of("Tt ") == 0 || !read_time(c, p) || !read_offset(c, p))
        return iso_problem::not_iso;
    if (!p.offset_minutes && !utc_without_offset) return iso_problem::no_offset;
    std::chrono::year_month_day const date{std::chrono::year{p.year},
                                           std::chrono::month{static_cast<unsigned>(p.month)},
                                           std::chrono::day{static_cast<unsigned>(p.day)}};
    // A leap second is written as :60 and counts as the next second, as it does in POSIX time.
    bool const leap_second = p.second == 60 && p.minute == 59;
    if (p.year < 1 || !date.ok() || p.hour > 23 || p.minute > 59 || (p.second > 59 && !leap_second))
        return iso_problem::no_such;
    return wall_time{std::chrono::sys_days{date} + std::chrono::hours{p.hour} +
                     std::chrono::minutes{p.minute - p.offset_minutes.value_or(0)} +
                     seconds{p.second} + milliseconds{p.ms}};
}

}  // namespace

std::variant<wall_time, iso_problem> parse_iso_time(std::string_view text) noexcept {
    return parse(text, false);
}

std::variant<wall_time, iso_problem> parse_iso_time_utc(std::string_view text) noexcept {
    return parse(text, true);
}

}  // namespace setclick::event
