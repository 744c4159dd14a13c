#include "amount.hpp"

#include <algorithm>
#include <array>

#include "setclickd/base/ascii.hpp"
#include "time_text.hpp"

namespace setclick::csv {
namespace {

constexpr std::size_t most_digits = 40;

/// What is left of an amount without signs, currencies and groups by blanks: digits, points and commas.
struct bare_amount {
    std::array<char, 64> buffer{};
    std::size_t size = 0;
    bool is_negative = false;
    bool has_blank_groups = false;  ///< 1 234 567 or 1'234'567
    amount_fault fault = amount_fault::none;

    std::string_view text() const noexcept { return {buffer.data(), size}; }
};

/// Bytes of a blank or an apostrophe between groups of digits; 0 = it is none.
std::size_t gap_at(std::string_view text) noexcept {
    if (text.starts_with(" ") || text.starts_with("'")) return 1;
    if (text.starts_with("\xC2\xA0")) return 2;
    constexpr std::array<std::string_view, 4> wide{"\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x99",
                                                   "\xE2\x80\x87"};
    for (auto const gap : wide)
        if (text.starts_with(gap)) return 3;
    return 0;
}

void skip_gaps(std::string_view& text) noexcept {
    while (auto const n = gap_at(text))
        text.remove_prefix(n);
}

/// "CR", "Dr", "DB": credit and debit, which make a sign of an amount and mean it each its own way.
bool is_side_of_account(std::string_view word) noexcept {
    if (word.size() != 2) return false;
    auto const low = [&](std::size_t i) { return static_cast<char>(word[i] | 0x20); };
    return ((low(0) == 'c' || low(0) == 'd') && low(1) == 'r') || (low(0) == 'd' && low(1) == 'b');
}

/// How many bytes of a currency's sign or name stand at the front; 0 = none.
std::size_t currency_in_front(std::string_view text) noexcept {
    // US$, R$, CHF, EUR, kr., zł, €, £, ¥: letters, then perhaps a sign.
    std::size_t i = 0;
    std::size_t letters = 0;
    while (i < text.size() &&
           ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z'))) {
        ++i;
        ++letters;
    }
    if (letters > 3) return 0;
    if (i < text.size() && text[i] == '$') return i + 1;
    constexpr std::array<std::string_view, 14> signs{"€", "£", "¥", "₹", "₽", "₺", "₴",
                                                     "₩", "₪", "฿", "₫", "₱",   "ł", "č"};
    for (auto const sign : signs)
        if (text.substr(i).starts_with(sign)) {
            i += sign.size();
            return text.substr(i).starts_with(".") && letters > 0 ? i + 1 : i;
        }
    if (letters < 2 || is_side_of_account(text.substr(0, letters))) return 0;
    return i < text.size() && text[i] == '.' && !(i + 1 < text.size() && is_digit(text[i + 1]))
               ? i + 1
               : i;
}

/// The same from the end.
std::size_t currency_behind(std::string_view text) noexcept {
    auto at = text.size();
    while (at > 0 && !is_digit(text[at - 1]) && text[at - 1] != ' ' && text[at - 1] != ',' &&
           text[at - 1] != ')' && text[at - 1] != '-' && text.size() - at < 8)
        --at;
    // A point behind the digits is theirs: "1000."
    while (at < text.size() && text[at] == '.')
        ++at;
    auto word = text.substr(at);
    skip_gaps(word);
    if (word.empty()) return 0;
    return currency_in_front(word) == word.size() ? word.size() : 0;
}

bool take_minus(std::string_view& text) noexcept {
    for (auto const minus : {std::string_view("-"), std::string_view("\xE2\x88\x92")})
        if (text.starts_with(minus)) {
            text.remove_prefix(minus.size());
            return true;
        }
    return false;
}

void fail(bare_amount& out, amount_fault why) noexcept {
    out.fault = why;
}

bare_amount bare_of(std::string_view cell) noexcept {
    bare_amount out;
    if (is_spreadsheet_error(cell)) return fail(out, amount_fault::spreadsheet_error), out;
    if (cell.ends_with('%')) return fail(out, amount_fault::percent), out;
    if (is_rounded(cell)) return fail(out, amount_fault::rounded), out;
    out.fault = amount_fault::no_number;
    bool has_sign = false;
    auto const brackets = [&] {
        if (has_sign || !cell.starts_with('(') || !cell.ends_with(')')) return;
        out.is_negative = has_sign = true;
        cell = cell.substr(1, cell.size() - 2);
        skip_gaps(cell);
    };
    brackets();
    auto const sign = [&] {
        if (has_sign) return;
        if (take_minus(cell))
            out.is_negative = has_sign = true;
        else if (cell.starts_with('+'))
            cell.remove_prefix(1), has_sign = true;
    };
    skip_gaps(cell);
    sign();
    skip_gaps(cell);
    if (auto const n = currency_in_front(cell); n > 0) {
        cell.remove_prefix(n);
        skip_gaps(cell);
        sign();
        skip_gaps(cell);
    } else if (auto const behind = currency_behind(cell); behind > 0) {
        cell.remove_suffix(behind);
    }
    auto const trim = [&] {
        while (cell.ends_with(' ') || cell.ends_with("\xC2\xA0") || cell.ends_with("\xE2\x80\xAF"))
            cell.remove_suffix(cell.ends_with(' ') ? 1 : cell.ends_with("\xC2\xA0") ? 2 : 3);
    };
    trim();
    // "€ (63.12)", "(63.12) EUR"
    brackets();
    trim();
    if (cell.ends_with('-') && !has_sign) {
        out.is_negative = true;
        cell.remove_suffix(1);
        while (cell.ends_with(' '))
            cell.remove_suffix(1);
    }
    std::size_t in_group = 0;
    std::size_t digits = 0;
    bool after_gap = false;
    for (std::size_t i = 0; i < cell.size();) {
        if (is_digit(cell[i]) || cell[i] == '.' || cell[i] == ',') {
            if (out.size == out.buffer.size() || digits > most_digits) return out;
            if (!is_digit(cell[i])) {
                if (after_gap && in_group != 3) return out;
                after_gap = false;
            } else {
                ++digits;
                ++in_group;
            }
            out.buffer[out.size++] = cell[i++];
        } else if (auto const gap = gap_at(cell.substr(i)); gap > 0) {
            // Groups by blanks stand before the decimals, and have three digits.
            if (out.size == 0 || !is_digit(out.buffer[out.size - 1])) return out;
            if (after_gap ? in_group != 3 : in_group > 3) return out;
            if (out.text().find_first_of(".,") != std::string_view::npos) return out;
            after_gap = out.has_blank_groups = true;
            in_group = 0;
            i += gap;
        } else {
            return out;
        }
    }
    if (after_gap && in_group != 3) return out;
    if (digits == 0) return out;
    out.fault = amount_fault::none;
    return out;
}

/// How the points and commas can be read.
struct reading {
    bool with_point = false;  ///< as decimal sign: a point
    bool with_comma = false;
};

/// Whether `text` is a number whose groups are parted by `group` and whose decimals stand behind `sign`.
bool fits(std::string_view text, char sign, char group, bool has_blank_groups) noexcept {
    auto const at = text.find(sign);
    auto const whole = text.substr(0, std::min(at, text.size()));
    if (at != std::string_view::npos && text.find_first_of(".,", at + 1) != std::string_view::npos)
        return false;
    if (whole.find(group) == std::string_view::npos) return true;
    if (has_blank_groups) return false;
    // Groups of three from the end; those before it may have two, as in India. The first is not 0.
    if (whole.front() == group || whole.front() == '0') return false;
    std::size_t in_group = 0;
    bool is_last = true;
    for (auto i = whole.size(); i > 0; --i) {
        if (whole[i - 1] != group) {
            if (++in_group > 3) return false;
            continue;
        }
        if (is_last ? in_group != 3 : in_group < 2) return false;
        is_last = false;
        in_group = 0;
    }
    return in_group > 0;
}

reading readings_of(bare_amount const& bare) noexcept {
    return {fits(bare.text(), '.', ',', bare.has_blank_groups),
            fits(bare.text(), ',', '.', bare.has_blank_groups)};
}

}  // namespace

decimal_sign sign_shown(std::string_view cell) {
    auto const bare = bare_of(cell);
    if (bare.fault != amount_fault::none) return decimal_sign::open;
    auto const can = readings_of(bare);
    if (can.with_point == can.with_comma) return decimal_sign::open;
    return can.with_point ? decimal_sign::point : decimal_sign::comma;
}

void read_amount(std::string_view cell, decimal_sign sign, amount& out) {
    out.text.clear();
    auto const bare = bare_of(cell);
    out.fault = bare.fault;
    if (out.fault != amount_fault::none) return;
    auto const can = readings_of(bare);
    bool const has_mark = bare.text().find_first_of(".,") != std::string_view::npos;
    if (!can.with_point && !can.with_comma) {
        out.fault = amount_fault::no_number;
        return;
    }
    bool is_comma = sign == decimal_sign::comma;
    if (sign == decimal_sign::open) {
        if (has_mark && can.with_point && can.with_comma) {
            out.fault = amount_fault::open;
            return;
        }
        is_comma = can.with_comma && !can.with_point;
    } else if (is_comma ? !can.with_comma : !can.with_point) {
        out.fault = amount_fault::other_sign;
        return;
    }
    auto const mark = is_comma ? ',' : '.';
    auto const at = std::min(bare.text().find(mark), bare.text().size());
    if (bare.is_negative) out.text += '-';
    bool has_digit = false;
    for (char const c : bare.text().substr(0, at)) {
        if (!is_digit(c)) continue;
        if (c == '0' && !has_digit) continue;
        out.text += c;
        has_digit = true;
    }
    if (!has_digit) out.text += '0';
    auto const fraction = bare.text().substr(std::min(at + 1, bare.text().size()));
    if (!fraction.empty()) (out.text += '.') += fraction;
}

std::string masked_form(std::string_view cell) {
    std::string out;
    for (char const c : cell.substr(0, 32))
        out += is_digit(c) ? '9' : c == '.' || c == ',' || c == '\'' || c == '-' ? c : ' ';
    while (out.starts_with(' '))
        out.erase(0, 1);
    while (out.ends_with(' '))
        out.pop_back();
    return out;
}

std::string problem_text(amount_fault fault, std::string_view cell, decimal_sign sign) {
    switch (fault) {
        case amount_fault::none:
            break;
        case amount_fault::no_number:
            return "is no amount";
        case amount_fault::open:
            return "of the form " + masked_form(cell) +
                   " may have thousands or decimals behind its mark, and no row of the file "
                   "decides it; set "
                   "decimal = \".\" or \",\" in the profile";
        case amount_fault::other_sign:
            return "of the form " + masked_form(cell) +
                   " does not fit the file's other amounts, whose decimals stand behind a " +
                   (sign == decimal_sign::comma ? "comma" : "point");
        case amount_fault::rounded:
            return "is a number that a spreadsheet has rounded: what it was cannot be told; export "
                   "it again";
        case amount_fault::percent:
            return "is a percentage, no amount";
        case amount_fault::spreadsheet_error:
            return "is a spreadsheet's error, not a value";
    }
    return {};
}

}  // namespace setclick::csv
