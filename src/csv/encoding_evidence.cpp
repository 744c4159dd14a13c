#include "encoding_evidence.hpp"

#include <array>
#include <cstdio>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::csv {
namespace {

/// Between letters they are usual in Windows-1252, and letters elsewhere: … ‘ ’ – — and the wide blank.
bool is_usual_inside(unsigned char byte) noexcept {
    return byte == 0x85 || byte == 0x91 || byte == 0x92 || byte == 0x96 || byte == 0x97 ||
           byte == 0xA0;
}
/// Between letters, and nowhere else a small letter: the accent for an apostrophe ("Toni´s"), the point of
/// Catalan ("col·lecció"), the soft hyphen, the degree.
bool is_sign_everywhere(unsigned char byte) noexcept {
    return byte == 0xB4 || byte == 0xB7 || byte == 0xAD || byte == 0xB0;
}

bool is_high(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x80;
}
bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_missing(unsigned char byte) noexcept {
    return byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D;
}
bool is_upper_of_windows(unsigned char byte) noexcept {
    return (byte >= 0xC0 && byte <= 0xDE && byte != 0xD7) || byte == 0x8A || byte == 0x8C ||
           byte == 0x8E || byte == 0x9F;
}
bool is_lower_of_windows(unsigned char byte) noexcept {
    return (byte >= 0xDF && byte != 0xF7) || byte == 0x9A || byte == 0x9C || byte == 0x9E ||
           byte == 0xAA || byte == 0xBA;
}
/// Where the old code pages have few letters: it speaks for Windows-1252.
bool is_usual(unsigned char byte) noexcept {
    return byte >= 0xDF && byte != 0xF7;
}

/// Code page 850 from 0x80 on: letters.
constexpr std::array<std::string_view, 38> dos{
    "Ç", "ü", "é", "â", "ä", "à", "å", "ç", "ê", "ë", "è", "ï", "î", "ì", "Ä", "Å", "É", "æ", "Æ",
    "ô", "ö", "ò", "û", "ù", "ÿ", "Ö", "Ü", "ø", "£", "Ø", "×", "ƒ", "á", "í", "ó", "ú", "ñ", "Ñ"};
/// The same of Mac OS Roman.
constexpr std::array<std::string_view, 32> mac{
    "Ä", "Å", "Ç", "É", "Ñ", "Ö", "Ü", "á", "à", "â", "ä", "ã", "å", "ç", "é", "è",
    "ê", "ë", "í", "ì", "î", "ï", "ñ", "ó", "ò", "ô", "ö", "õ", "ú", "ù", "û", "ü"};

/// " in code page 850 (DOS) and … in Mac Roman"
std::string other_readings(unsigned char byte) {
    std::string out;
    auto const add = [&](std::string_view sign, std::string_view page) {
        if (!out.empty()) out += ", ";
        (((out += "'") += sign) += "' in ") += page;
    };
    auto const at = static_cast<std::size_t>(byte - 0x80);
    if (at < dos.size()) add(dos[at], "code page 850 (DOS)");
    if (at < mac.size()) add(mac[at], "Mac Roman");
    switch (byte) {
        case 0xB3:
            add("ł", "Windows-1250");
            break;
        case 0xB9:
            add("ą", "Windows-1250");
            break;
        case 0xBF:
            add("ż", "Windows-1250");
            break;
        default:
            break;
    }
    if (out.empty()) add("another sign", "another code page");
    return out;
}

std::string cyrillic(unsigned char byte) {
    std::string out;
    unsigned const c = 0x410U + (byte - 0xC0U);
    out += static_cast<char>(0xC0U | c >> 6U);
    out += static_cast<char>(0x80U | (c & 0x3FU));
    return out;
}

std::string windows(unsigned char byte) {
    std::string out;
    char const raw = static_cast<char>(byte);
    event::append_utf8(out, std::string_view(&raw, 1), event::text_encoding::windows1252, true);
    return out;
}

}  // namespace

bool encoding_evidence::add(std::string_view raw, std::uint64_t line) {
    if (is_utf8(raw)) {
        ++of_utf8_;
        return true;
    }
    ++of_bytes_;
    for (std::size_t at = 0; at < raw.size();) {
        if (!is_high(raw[at])) {
            ++at;
            continue;
        }
        auto const begin = at;
        while (at < raw.size() && is_high(raw[at]))
            ++at;
        look(raw, begin, at, line);
    }
    return false;
}

/// The bytes from `begin` up to `end` are high, their neighbours are not.
void encoding_evidence::look(std::string_view raw, std::size_t begin, std::size_t end,
                             std::uint64_t line) {
    char const before = begin > 0 ? raw[begin - 1] : ' ';
    char const behind = end < raw.size() ? raw[end] : ' ';
    std::size_t letters = 0;
    for (auto at = begin; at < end; ++at) {
        auto const byte = static_cast<unsigned char>(raw[at]);
        if (is_missing(byte)) is_foreign_ = true;
        bool const is_word = is_upper_of_windows(byte) || is_lower_of_windows(byte);
        if (is_word) ++letters;
        bool const is_inside = is_letter(before) && is_letter(behind);
        bool const is_odd = is_word
                                ? is_upper_of_windows(byte) && is_letter(before) && is_lower(behind)
                                : is_inside;
        if (is_usual(byte) && (is_letter(before) || is_letter(behind))) has_letter_ = true;
        if (is_sign_everywhere(byte)) continue;
        if (is_usual_inside(byte) && is_inside) {
            if (weak_.line == 0) weak_ = {line, byte, false};
        } else if (is_odd && first_.line == 0) {
            first_ = {line, byte, false};
        }
    }
    constexpr std::size_t many = 3;
    if (letters >= many && letters == end - begin && first_.line == 0)
        first_ = {line, static_cast<unsigned char>(raw[begin]),
                  static_cast<unsigned char>(raw[begin]) >= 0xC0};
}

std::string encoding_evidence::ambiguity() const {
    if (!is_windows()) return {};
    auto doubted = first_;
    if (doubted.line == 0 && !has_letter_) doubted = weak_;
    if (doubted.line == 0) return {};
    char hex[8];
    std::snprintf(hex, sizeof hex, "0x%02X", static_cast<unsigned>(doubted.byte));
    return "the file's encoding cannot be told: it is not UTF-8, and byte " + std::string(hex) +
           " on line " + std::to_string(doubted.line) + " is '" + windows(doubted.byte) +
           "' in Windows-1252 and " +
           (doubted.is_cyrillic ? "'" + cyrillic(doubted.byte) + "' in Windows-1251"
                                : other_readings(doubted.byte)) +
           ": save the file as CSV UTF-8";
}

}  // namespace setclick::csv
