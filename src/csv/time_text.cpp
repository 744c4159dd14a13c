#include "time_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "setclickd/base/ascii.hpp"

namespace setclick::csv {
namespace {

constexpr std::string_view no_form =
    "is no time that can be read; write such as 2021-10-20 07:31:28";
constexpr std::string_view no_day =
    "begins with a time of day; write the day in front, such as 2021-10-20 07:31:28";
constexpr std::string_view no_such = "is a date or time that does not exist";
constexpr std::string_view short_zone =
    "ends in the short name of a time zone, which has no one meaning; write an offset such as "
    "+02:00, or a "
    "name such as Europe/Madrid";

bool is_word_letter(char c) noexcept {
    return is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

struct name_of_month {
    std::string_view begin;  ///< what a word of this month begins with, lower case
    int month;
};

// English, Spanish, Catalan, Portuguese, French, Italian, German, Dutch; whole words and their short forms begin so.
constexpr std::array month_names{
    name_of_month{"jan", 1},  name_of_month{"ene", 1},  name_of_month{"gen", 1},
    name_of_month{"jän", 1},  name_of_month{"feb", 2},  name_of_month{"fev", 2},
    name_of_month{"fév", 2},  name_of_month{"mar", 3},  name_of_month{"mär", 3},
    name_of_month{"maa", 3},  name_of_month{"mrt", 3},  name_of_month{"apr", 4},
    name_of_month{"abr", 4},  name_of_month{"avr", 4},  name_of_month{"may", 5},
    name_of_month{"mai", 5},  name_of_month{"mei", 5},  name_of_month{"mag", 5},
    name_of_month{"jun", 6},  name_of_month{"giu", 6},  name_of_month{"juin", 6},
    name_of_month{"jul", 7},  name_of_month{"lug", 7},  name_of_month{"juil", 7},
    name_of_month{"aug", 8},  name_of_month{"ago", 8},  name_of_month{"aoû", 8},
    name_of_month{"sep", 9},  name_of_month{"set", 9},  name_of_month{"oct", 10},
    name_of_month{"okt", 10}, name_of_month{"out", 10}, name_of_month{"ott", 10},
    name_of_month{"nov", 11}, name_of_month{"dec", 12}, name_of_month{"dic", 12},
    name_of_month{"dez", 12}, name_of_month{"déc", 12}, name_of_month{"des", 12}};

/// 0 = it is none.
int month_of(std::string_view word) noexcept {
    std::array<char, 16> low{};
    if (word.size() > low.size()) return 0;
    std::ranges::transform(word, low.begin(), lower);
    std::string_view const text(low.data(), word.size());
    for (auto const& m : month_names)
        if (text.starts_with(m.begin)) return m.month;
    return 0;
}

bool is_weekday(std::string_view word) noexcept {
    constexpr std::array<std::string_view, 7> days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    if (word.size() < 3) return false;
    std::array<char, 3> const low{lower(word[0]), lower(word[1]), lower(word[2])};
    return std::ranges::find(days, std::string_view(low.data(), 3)) != days.end();
}

/// What nobody sees taken out, every kind of blank a plain one; at most `most` bytes.
class plain_text {
public:
    static constexpr std::size_t most = 80;

    /// False where it is longer than any time.
    bool take(std::string_view cell) noexcept {
        for (std::size_t i = 0; i < cell.size();) {
            auto const c = static_cast<unsigned char>(cell[i]);
            auto const at = [&](std::size_t k) {
                return i + k < cell.size() ? static_cast<unsigned char>(cell[i + k]) : 0U;
            };
            if (c == 0xC2 && at(1) == 0xA0) {
                if (!put(' ')) return false;
                i += 2;
            } else if (c == 0xE2 && at(1) == 0x80 && (at(2) <= 0x8A || at(2) == 0xAF)) {
                if (!put(' ')) return false;
                i += 3;
            } else if ((c == 0xE2 && at(1) == 0x80 &&
                        ((at(2) >= 0x8B && at(2) <= 0x8F) || (at(2) >= 0xAA && at(2) <= 0xAE))) ||
                       (c == 0xE2 && at(1) == 0x81 && at(2) >= 0xA0 && at(2) <= 0xAF) ||
                       (c == 0xEF && at(1) == 0xBB && at(2) == 0xBF)) {
                i += 3;
            } else if (c == 0xE2 && ((at(1) == 0x88 && at(2) == 0x92) ||
                                     (at(1) == 0x80 && at(2) >= 0x90 && at(2) <= 0x93))) {
                if (!put('-')) return false;
                i += 3;
            } else {
                if (!put(c == '\t' ? ' ' : cell[i])) return false;
                ++i;
            }
        }
        return true;
    }
    std::string_view text() const noexcept { return {text_.data(), size_}; }

private:
    bool put(char c) noexcept {
        if (size_ == most) return false;
        text_[size_++] = c;
        return true;
    }
    std::array<char, most> text_{};
    std::size_t size_ = 0;
};

/// Takes a text apart from the left.
class cursor {
public:
    explicit cursor(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    char next() const noexcept { return at_end() ? '\0' : rest_.front(); }
    std::string_view rest() const noexcept { return rest_; }
    bool has_digit() const noexcept { return is_digit(next()); }

    std::string_view digits() noexcept {
        return take(
            static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_digit) - rest_.begin()));
    }
    std::string_view word() noexcept {
        return take(static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_word_letter) -
                                             rest_.begin()));
    }
    /// One of `chars`, or 0.
    char one_of(std::string_view chars) noexcept {
        if (at_end() || chars.find(rest_.front()) == std::string_view::npos) return 0;
        return take(1).front();
    }
    void blanks() noexcept {
        while (next() == ' ')
            rest_.remove_prefix(1);
    }
    std::string_view take(std::size_t n) noexcept {
        auto const out = rest_.substr(0, n);
        rest_.remove_prefix(out.size());
        return out;
    }

private:
    std::string_view rest_;
};

int number(std::string_view digits) noexcept {
    int out = 0;
    for (char const c : digits.substr(0, 9))
        out = out * 10 + (c - '0');
    return out;
}

bool between(std::string_view digits, std::size_t least, std::size_t most) noexcept {
    return digits.size() >= least && digits.size() <= most;
}

bool is_day(int year, int month, int day) noexcept {
    return month > 0 && day > 0 && year > 0 &&
           std::chrono::year_month_day{std::chrono::year{year},
                                       std::chrono::month{static_cast<unsigned>(month)},
                                       std::chrono::day{static_cast<unsigned>(day)}}
               .ok();
}

time_text refused(std::string_view why) {
    time_text out;
    out.problem = why;
    return out;
}

class time_reader {
public:
    explicit time_reader(std::string_view text) noexcept : in_(text) {}

    time_text read() {
        if (!date()) return refused(problem_);
        out_.kind = time_kind::date;
        if (!out_.has_time) between_date_and_time();
        if (!out_.has_time && in_.has_digit()) {
            if (!clock()) return refused(problem_);
            out_.has_time = true;
        }
        if (!zone()) return refused(problem_);
        if (!is_valid()) return refused(problem_);
        return std::move(out_);
    }

private:
    bool fail(std::string_view why) noexcept {
        problem_ = why;
        return false;
    }

    bool date() {
        if (is_word_letter(in_.next())) {
            auto word = in_.word();
            if (auto const month = month_of(word); month != 0 && !is_weekday(word))
                return month_first(month);
            if (!is_weekday(word)) return fail(no_form);
            in_.one_of(".");
            in_.one_of(",");
            in_.blanks();
            if (is_word_letter(in_.next())) {
                auto const month = month_of(in_.word());
                return month != 0 ? month_first(month) : fail(no_form);
            }
        }
        auto const first = in_.digits();
        if (first.size() == 4) return year_first(first);
        if (first.size() == 8) return compact(first);
        if (!between(first, 1, 2)) return fail(no_form);
        if (in_.next() == ':') return fail(no_day);
        return day_or_month_first(first);
    }

    bool year_first(std::string_view year) noexcept {
        out_.year = number(year);
        auto const sep = in_.one_of("-/.");
        if (sep == 0) return fail(no_form);
        if (is_word_letter(in_.next())) {
            out_.first = month_of(in_.word());
        } else {
            auto const month = in_.digits();
            if (!between(month, 1, 2)) return fail(no_form);
            out_.first = number(month);
            if (out_.first == 0) return fail(no_such);
        }
        if (in_.one_of(std::string_view(&sep, 1)) == 0) return fail(no_form);
        auto const day = in_.digits();
        if (!between(day, 1, 2) || out_.first == 0) return fail(no_form);
        out_.second = number(day);
        return true;
    }

    bool compact(std::string_view digits) noexcept {
        out_.year = number(digits.substr(0, 4));
        out_.first = number(digits.substr(4, 2));
        out_.second = number(digits.substr(6, 2));
        is_compact_ = true;
        return true;
    }

    /// "20th"
    void ordinal() noexcept {
        constexpr std::array<std::string_view, 4> ends{"st", "nd", "rd", "th"};
        auto const rest = in_.rest();
        bool const is_one = std::ranges::find(ends, rest.substr(0, 2)) != ends.end();
        if (is_one && (rest.size() == 2 || !is_word_letter(rest[2]))) in_.take(2);
    }

    bool day_or_month_first(std::string_view first) noexcept {
        out_.first = number(first);
        ordinal();
        char const sep = in_.one_of("/.-");
        // "20. Oktober 2021", "20 de octubre de 2021"
        in_.blanks();
        if (is_word_letter(in_.next())) return day_first(number(first), sep);
        if (sep == 0) return fail(no_form);
        auto const second = in_.digits();
        if (!between(second, 1, 2) || in_.one_of(std::string_view(&sep, 1)) == 0)
            return fail(no_form);
        in_.blanks();
        out_.second = number(second);
        out_.is_open = true;
        return take_year();
    }

    bool day_first(int day, char sep) noexcept {
        auto word = in_.word();
        if (word == "de") {
            in_.blanks();
            word = in_.word();
        }
        out_.first = month_of(word);
        out_.second = day;
        if (out_.first == 0) return fail(no_form);
        is_of_log_ = sep == '/';
        if (sep != 0) in_.one_of(std::string_view(&sep, 1));
        in_.one_of(".");
        in_.one_of(",");
        in_.blanks();
        if (in_.rest().starts_with("de ") || in_.rest().starts_with("del ")) {
            in_.word();
            in_.blanks();
        }
        return take_year();
    }

    /// "Oct 20, 2021"
    bool month_first(int month) {
        out_.first = month;
        in_.one_of(".");
        in_.one_of("- ");
        in_.blanks();
        auto const day = in_.digits();
        if (!between(day, 1, 2)) return fail(no_form);
        out_.second = number(day);
        ordinal();
        in_.one_of(",-");
        in_.blanks();
        auto ahead = in_;
        ahead.digits();
        return ahead.next() == ':' ? clock_and_year() : take_year();
    }

    /// "Oct 20 07:31:28 UTC 2021", as C and the shell write it.
    bool clock_and_year() {
        if (!clock()) return false;
        out_.has_time = true;
        in_.blanks();
        if (in_.next() == '+' || in_.next() == '-') {
            if (!offset()) return false;
        } else if (is_word_letter(in_.next())) {
            auto const word = in_.word();
            if (word != "UTC" && word != "GMT" && word != "Z") return fail(short_zone);
            out_.offset_minutes = 0;
        }
        in_.blanks();
        return take_year();
    }

    bool take_year() noexcept {
        auto const year = in_.digits();
        if (year.size() == 2) {
            out_.is_short_year = true;
            out_.year = 2000 + number(year);
            return true;
        }
        if (year.size() != 4) return fail(no_form);
        out_.year = number(year);
        return true;
    }

    void between_date_and_time() noexcept {
        // "20/Oct/2021:07:31:28 +0000", as web servers log it.
        if (is_of_log_ && in_.next() == ':') in_.take(1);
        in_.one_of(",");
        in_.blanks();
        if ((in_.next() == 'T' || in_.next() == 't') && in_.rest().size() > 1 &&
            is_digit(in_.rest()[1]))
            in_.take(1);
        if (in_.rest().starts_with("at ")) in_.take(3);
        // "20/10/2021 - 07:31"; with a digit right behind it is an offset, which no date alone has.
        if (in_.rest().starts_with("- ")) in_.take(2);
        in_.blanks();
    }

    bool clock() noexcept {
        auto const hour = in_.digits();
        if (is_compact_ && (hour.size() == 6 || hour.size() == 4)) {
            out_.hour = number(hour.substr(0, 2));
            out_.minute = number(hour.substr(2, 2));
            if (hour.size() == 6) out_.seconds = number(hour.substr(4, 2));
            return fraction() && half_of_day();
        }
        if (!between(hour, 1, 2)) return fail(no_form);
        out_.hour = number(hour);
        char const sep = in_.one_of(":.-hH");
        if (sep == 0) return half_of_day() && (is_12_hours_ || fail(no_form));
        auto const minute = in_.digits();
        if (minute.size() != 2) return fail(no_form);
        out_.minute = number(minute);
        if (sep != 'h' && sep != 'H' && in_.next() == sep && in_.rest().size() > 1 &&
            is_digit(in_.rest()[1])) {
            in_.take(1);
            auto const seconds = in_.digits();
            if (seconds.size() != 2) return fail(no_form);
            out_.seconds = number(seconds);
            if (!fraction()) return false;
        }
        return half_of_day();
    }

    bool fraction() noexcept {
        if (in_.next() != '.' && in_.next() != ',') return true;
        in_.take(1);
        auto const digits = in_.digits();
        if (digits.empty()) return fail(no_form);
        int weight = 100;
        for (char const c : digits.substr(0, 3)) {
            out_.milli += (c - '0') * weight;
            weight /= 10;
        }
        return true;
    }

    /// AM, pm, a.m., "p. m."
    bool half_of_day() noexcept {
        cursor ahead = in_;
        ahead.blanks();
        char const half = lower(ahead.next());
        if (half != 'a' && half != 'p') return true;
        ahead.take(1);
        bool const has_dot = ahead.one_of(".") != 0;
        if (has_dot) ahead.blanks();
        if (lower(ahead.next()) != 'm') return true;
        ahead.take(1);
        if (has_dot) ahead.one_of(".");
        if (is_word_letter(ahead.next())) return true;
        in_ = ahead;
        is_12_hours_ = true;
        if (out_.hour < 1 || out_.hour > 12)
            return fail("has an hour that does not go with AM or PM");
        out_.hour = out_.hour % 12 + (half == 'p' ? 12 : 0);
        return true;
    }

    bool zone() {
        in_.blanks();
        if (in_.at_end()) return true;
        if (in_.rest() == "Z" || in_.rest() == "z") {
            out_.offset_minutes = 0;
            in_.take(1);
            return true;
        }
        if (in_.rest().starts_with("UTC") || in_.rest().starts_with("GMT")) {
            in_.take(3);
            out_.offset_minutes = 0;
        }
        if (in_.next() == '+' || in_.next() == '-') {
            if (!offset()) return false;
        }
        in_.blanks();
        if (in_.at_end()) return true;
        // "+0200 CEST", "GMT+0200 (Central European …)", "+02:00[Europe/Madrid]": the offset is the more exact.
        if (out_.offset_minutes) {
            char const c = in_.next();
            return c == '(' || c == '[' || is_word_letter(c) ? true : fail(no_form);
        }
        return zone_name();
    }

    bool offset() noexcept {
        bool const is_negative = in_.one_of("-") != 0;
        if (!is_negative) in_.one_of("+");
        auto digits = in_.digits();
        int hours = 0;
        int minutes = 0;
        if (between(digits, 1, 2)) {
            hours = number(digits);
            if (in_.one_of(":") != 0) {
                auto const more = in_.digits();
                if (more.size() != 2) return fail(no_form);
                minutes = number(more);
            }
        } else if (digits.size() == 4) {
            hours = number(digits.substr(0, 2));
            minutes = number(digits.substr(2));
        } else {
            return fail(no_form);
        }
        if (hours > 14 || minutes > 59) {
            bool const is_offset = in_.at_end() || in_.next() == ' ' || in_.next() == '(';
            return fail(is_offset ? "has an offset from UTC that no zone has" : no_form);
        }
        out_.offset_minutes = (is_negative ? -1 : 1) * (hours * 60 + minutes);
        return true;
    }

    bool zone_name() {
        auto name = in_.rest();
        if (name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
        bool const is_clean = std::ranges::all_of(name, [](char c) {
            return is_word_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
        });
        if (!is_clean || name.empty() || !is_word_letter(name.front())) return fail(no_form);
        if (name.find('/') == std::string_view::npos) return fail(short_zone);
        out_.zone = name;
        return true;
    }

    bool is_valid() noexcept {
        if (out_.hour == 24) return fail("has the hour 24; write 00:00 of the next day");
        // A leap second is written as :60 and counts as the next one, as in POSIX time.
        bool const leap_second = out_.seconds == 60 && out_.minute == 59;
        if (out_.hour > 23 || out_.minute > 59 || (out_.seconds > 59 && !leap_second))
            return fail(no_such);
        bool const is_some_day = out_.is_open ? is_day(out_.year, out_.first, out_.second) ||
                                                    is_day(out_.year, out_.second, out_.first)
                                              : is_day(out_.year, out_.first, out_.second);
        return is_some_day || fail(no_such);
    }

    cursor in_;
    time_text out_;
    std::string_view problem_ = no_form;
    bool is_compact_ = false;
    bool is_12_hours_ = false;
    bool is_of_log_ = false;  ///< "20/Oct/2021"
};

/// "2021-10-20 07:31:28" with perhaps a fraction and an offset: what nearly every cell holds.
bool read_common(std::string_view s, time_text& out) noexcept {
    if (s.size() < 19 || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':') return false;
    if (s[10] != ' ' && s[10] != 'T') return false;
    for (std::size_t const i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U, 11U, 12U, 14U, 15U, 17U, 18U})
        if (!is_digit(s[i])) return false;
    auto const two = [&](std::size_t i) { return (s[i] - '0') * 10 + (s[i + 1] - '0'); };
    out.year = two(0) * 100 + two(2);
    out.first = two(5);
    out.second = two(8);
    out.hour = two(11);
    out.minute = two(14);
    out.seconds = two(17);
    if (out.hour > 23 || out.minute > 59 || out.seconds > 59 ||
        !is_day(out.year, out.first, out.second))
        return false;
    s.remove_prefix(19);
    if (s.size() == 1 && s[0] == 'Z') {
        out.offset_minutes = 0;
    } else if (s.size() == 6 && (s[0] == '+' || s[0] == '-') && is_digit(s[1]) && is_digit(s[2]) &&
               s[3] == ':' && is_digit(s[4]) && is_digit(s[5])) {
        int const minutes =
            ((s[1] - '0') * 10 + (s[2] - '0')) * 60 + (s[4] - '0') * 10 + (s[5] - '0');
        if (minutes > 14 * 60 || s[4] > '5') return false;
        out.offset_minutes = s[0] == '-' ? -minutes : minutes;
    } else if (!s.empty()) {
        return false;
    }
    out.kind = time_kind::date;
    out.has_time = true;
    return true;
}

/// Digits, perhaps with a fraction.
time_text read_number(std::string_view text) {
    auto const point = std::min(text.find_first_of(".,"), text.size());
    auto const whole = text.substr(0, point);
    auto const fraction = text.substr(std::min(text.size(), point + 1));
    time_text out;
    auto const ms_in = [&](std::int64_t unit) {
        std::int64_t of_fraction = 0;
        std::int64_t scale = 1;
        for (char const c : fraction.substr(0, 9)) {
            of_fraction = of_fraction * 10 + (c - '0');
            scale *= 10;
        }
        return number(whole.substr(0, 5)) * unit + (of_fraction * unit + scale / 2) / scale;
    };
    std::int64_t value = 0;
    for (char const c : whole.substr(0, 18))
        value = value * 10 + (c - '0');
    switch (whole.size()) {
        case 5: {
            // A spreadsheet writes fewer digits than a second needs to come out even.
            constexpr std::int64_t day = 86'400'000;
            out.kind = time_kind::serial;
            out.ms = (ms_in(day) + 500) / 1000 * 1000;
            out.has_time = !fraction.empty();
            return out;
        }
        case 9:
        case 10:
            out.kind = time_kind::moment;
            out.ms = value * 1000;
            for (std::size_t i = 0, weight = 100; i < fraction.size() && weight > 0;
                 ++i, weight /= 10)
                out.ms += (fraction[i] - '0') * static_cast<std::int64_t>(weight);
            return out;
        case 13:
            out.kind = time_kind::moment;
            out.ms = value;
            return out;
        case 8:
            return fraction.empty() ? time_reader(text).read() : refused(no_form);
        case 12:
        case 14: {
            if (!fraction.empty()) return refused(no_form);
            std::string apart(whole.substr(0, 8));
            apart += ' ';
            apart += whole.substr(8);
            return time_reader(apart).read();
        }
        case 16:
            return refused("seems to be microseconds; milliseconds since 1970 have 13 digits");
        case 19:
            return refused("seems to be nanoseconds; milliseconds since 1970 have 13 digits");
        default:
            return refused(
                "is a number that is no time: milliseconds since 1970 have 13 digits, seconds 10");
    }
}

bool is_number(std::string_view text) noexcept {
    bool has_point = false;
    for (char const c : text) {
        if (is_digit(c)) continue;
        if ((c != '.' && c != ',') || has_point) return false;
        has_point = true;
    }
    return is_digit(text.front()) && is_digit(text.back());
}

}  // namespace

bool is_rounded(std::string_view text) noexcept {
    cursor in{text};
    in.one_of("+-");
    if (in.digits().empty()) return false;
    if (in.one_of(".,") != 0) in.digits();
    if (in.one_of("eE") == 0) return false;
    in.one_of("+-");
    return !in.digits().empty() && in.at_end();
}

bool is_spreadsheet_error(std::string_view text) noexcept {
    if (text.size() < 3 || text.front() != '#') return false;
    if (text.find_first_not_of('#') == std::string_view::npos) return true;
    constexpr std::array<std::string_view, 3> plain{"#N/A", "#N/D", "#NV"};
    if (std::ranges::find(plain, text) != plain.end()) return true;
    if (text.back() != '!' && text.back() != '?') return false;
    // #VALUE!, #¡VALOR!, #DIV/0!, #¿NOMBRE?: capital letters.
    return std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
        return (c >= 'A' && c <= 'Z') || c == '/' || c == '0' || c == ' ' ||
               static_cast<unsigned char>(c) >= 0x80;
    });
}

time_text read_time_text(std::string_view cell) {
    time_text out;
    if (read_common(cell, out)) return out;
    if (cell.empty()) return refused("is empty");
    if (is_spreadsheet_error(cell)) return refused("is a spreadsheet's error, not a value");
    plain_text plain;
    if (!plain.take(cell)) return refused(no_form);
    auto const text = plain.text();
    if (text.empty()) return refused("is empty");
    if (is_rounded(text))
        return refused(
            "is a number that a spreadsheet has rounded: what it was cannot be told; export it "
            "again, and do "
            "not save it from a spreadsheet");
    if (is_number(text)) return read_number(text);
    return time_reader(text).read();
}

}  // namespace setclick::csv
