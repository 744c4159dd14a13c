#include "syntax.hpp"

#include <boost/json/error.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::event {
namespace {

namespace json = boost::json;

/// What other languages write where JSON has nothing of the kind.
constexpr std::array<std::string_view, 10> foreign_words{
    "NaN", "nan", "Infinity", "-Infinity", "inf", "True", "False", "None", "undefined", "NULL"};

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// " at byte 17", in a text of several lines with the line inside it.
std::string place(std::string_view text, std::size_t at) {
    std::string out = " at byte " + std::to_string(at + 1);
    if (auto const lines =
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        lines > 0)
        out += " (its line " + std::to_string(lines + 1) + ")";
    return out;
}

std::string hex_byte(char c) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "0x%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    return buffer;
}

/// Half of a surrogate pair ends right before `at`, or before the backslash there.
bool follows_high_surrogate(std::string_view text, std::size_t at) noexcept {
    auto const ends_at = [&](std::size_t end) {
        if (end < 6) return false;
        auto const escape = text.substr(end - 6, 6);
        return escape[0] == '\\' && escape[1] == 'u' && (escape[2] | 0x20) == 'd' &&
               std::string_view("89abAB").find(escape[3]) != std::string_view::npos;
    };
    return ends_at(at) || (at > 0 && text[at - 1] == '\\' && ends_at(at - 1));
}

/// The offending character, where showing it gives nothing away.
std::string unexpected(std::string_view text, std::size_t at) {
    auto const rest = text.substr(at);
    if (follows_high_surrogate(text, at)) return "lone surrogate (half of a \\u pair)";
    if (at > 0 && text[at - 1] == '\\') return "unknown escape in a string";
    if (at > 0 && text[at - 1] == '0' && is_digit(rest.front()))
        return "a number must not begin with 0";
    for (auto const word : foreign_words)
        if (rest.starts_with(word)) return "JSON has no " + std::string(word);
    auto const c = rest.front();
    if (c == '\'') return "strings need double quotes, not single ones,";
    if (c == '/' || c == '#') return "JSON has no comments:";
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20) return "raw control character " + hex_byte(c);
    if (std::ispunct(byte) != 0) return std::string("unexpected '") + c + "'";
    return "not JSON";
}

bool starts_like_utf16(std::string_view text) noexcept {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

/// A byte that belongs to no character, not even to a broken one: a letter in the encodings of one
/// byte a letter.
bool looks_like_latin(std::string_view text, std::size_t at) noexcept {
    auto const kind = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto const continues = [&](std::size_t i) { return kind(i) >= 0x80 && kind(i) < 0xC0; };
    if (at + 1 >= text.size() || kind(at) == 0xFF) return false;
    return continues(at) ? at == 0 || kind(at - 1) < 0x80 : !continues(at + 1);
}

std::string invalid_utf8(std::string_view text, std::size_t at) {
    if (starts_like_utf16(text)) return "is UTF-16; save the file as UTF-8";
    std::string out = "invalid UTF-8: byte " + hex_byte(text[at]) + place(text, at);
    if (looks_like_latin(text, at))
        out +=
            "; is it Latin-1 or Windows-1252? Save the file as UTF-8 (iconv -f WINDOWS-1252 -t "
            "UTF-8)";
    return out;
}

std::string truncated(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), is_space)) return "is empty";
    auto seen = text;
    while (is_space(seen.back()))
        seen.remove_suffix(1);
    if (seen == "{" || seen == "[")
        return "ends before its JSON does: an event over several lines belongs into a file named "
               ".json";
    return "ends before its JSON does, after byte " + std::to_string(text.size()) +
           "; is it cut off?";
}

}  // namespace

std::string syntax_problem(std::string_view text, std::size_t at,
                           boost::system::error_code const& ec, std::uint32_t max_depth) {
    bool const cut = ec == json::error::incomplete || at >= text.size();
    if (auto const valid = utf8_prefix(text); valid < text.size() && (cut || valid <= at))
        return invalid_utf8(text, valid);
    if (auto const nul = text.find('\0'); nul != std::string_view::npos && (cut || nul <= at))
        return "NUL byte" + place(text, nul);
    if (cut) return truncated(text);
    if (ec == json::error::too_deep)
        return "nested deeper than " + std::to_string(max_depth) + " levels" + place(text, at);
    if (ec == json::error::exponent_overflow) return "number out of range" + place(text, at);
    if (ec == json::error::illegal_leading_surrogate ||
        ec == json::error::illegal_trailing_surrogate)
        return "lone surrogate (half of a \\u pair)" + place(text, at);
    if (ec == json::error::expected_hex_digit)
        return "\\u needs four hexadecimal digits" + place(text, at);
    if (ec == json::error::extra_data) return "something follows the event" + place(text, at);
    return unexpected(text, at) + place(text, at);
}

}  // namespace setclick::event
