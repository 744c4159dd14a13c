#include "setclickd/event/wide_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace setclick::event {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t last_character = 0x10FFFF;

/// 0x80 to 0x9F of Windows-1252; 0: none.
constexpr std::array<std::uint16_t, 32> windows_signs{
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool is_big_endian(text_encoding e) noexcept {
    return e == text_encoding::utf16be || e == text_encoding::utf32be;
}

std::uint32_t unit_at(std::string_view raw, std::size_t at, std::size_t size, bool big) noexcept {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < size; ++i) {
        auto const byte = static_cast<unsigned char>(raw[at + (big ? i : size - 1 - i)]);
        out = out << 8 | byte;
    }
    return out;
}

bool is_high_surrogate(std::uint32_t c) noexcept {
    return c >= 0xD800 && c < 0xDC00;
}

bool is_low_surrogate(std::uint32_t c) noexcept {
    return c >= 0xDC00 && c < 0xE000;
}

/// Half a surrogate pair in three bytes, which is no UTF-8.
void append_character(std::string& out, std::uint32_t c) {
    auto const byte = [](std::uint32_t value) { return static_cast<char>(value); };
    auto const tail = [&](std::uint32_t shift) { out += byte(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
        out += byte(c);
    } else if (c < 0x800) {
        out += byte(0xC0 | c >> 6);
        tail(0);
    } else if (c < 0x10000) {
        out += byte(0xE0 | c >> 12);
        tail(6);
        tail(0);
    } else if (c <= last_character) {
        out += byte(0xF0 | c >> 18);
        tail(12);
        tail(6);
        tail(0);
    } else {
        out += no_character;
    }
}

}  // namespace

text_encoding encoding_of(std::string_view head) noexcept {
    using enum text_encoding;
    if (head.starts_with("\xFF\xFE\0\0"sv)) return utf32le;
    if (head.starts_with("\0\0\xFE\xFF"sv)) return utf32be;
    if (head.starts_with("\xFF\xFE"sv)) return utf16le;
    if (head.starts_with("\xFE\xFF"sv)) return utf16be;
    if (head.size() < 2) return utf8;
    // A text begins with a bracket, white space or the mark of a comment.
    auto const begins = [](char c) {
        return c == '{' || c == '[' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '#';
    };
    if (begins(head[0]) && head[1] == '\0')
        return head.substr(0, 4).ends_with("\0\0\0"sv) ? utf32le : utf16le;
    if (head.size() >= 4 && begins(head[3]) && head.starts_with("\0\0\0"sv)) return utf32be;
    return begins(head[1]) && head[0] == '\0' ? utf16be : utf8;
}

std::string_view name_of(text_encoding e) noexcept {
    if (e == text_encoding::windows1252) return "Windows-1252";
    return unit_of(e) == 1 ? "UTF-8" : unit_of(e) == 2 ? "UTF-16" : "UTF-32";
}

std::size_t unit_of(text_encoding e) noexcept {
    switch (e) {
        case text_encoding::utf8:
        case text_encoding::windows1252:
            return 1;
        case text_encoding::utf16le:
        case text_encoding::utf16be:
            return 2;
        case text_encoding::utf32le:
        case text_encoding::utf32be:
            return 4;
    }
    return 1;
}

namespace {

void append_windows(std::string& out, std::string_view raw) {
    for (std::size_t at = 0; at < raw.size();) {
        auto const plain = static_cast<std::size_t>(
            std::find_if(raw.begin() + static_cast<std::ptrdiff_t>(at), raw.end(),
                         [](char c) { return static_cast<unsigned char>(c) >= 0x80; }) -
            raw.begin());
        out.append(raw, at, plain - at);
        if (plain == raw.size()) return;
        auto const byte = static_cast<unsigned char>(raw[plain]);
        auto const sign = byte >= 0xA0 ? byte : windows_signs[byte - 0x80U];
        if (sign == 0)
            out += no_character;
        else
            append_character(out, sign);
        at = plain + 1;
    }
}

/// The character at the front of `utf8` and its length; of bytes that are none, `no_character`'s.
std::pair<std::uint32_t, std::size_t> character_at(std::string_view utf8) noexcept {
    auto const first = static_cast<unsigned char>(utf8.front());
    std::size_t const length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (length == 1) return {first, 1};
    if (first < 0xC2 || first > 0xF4 || utf8.size() < length) return {last_character + 1, 1};
    std::uint32_t c = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        auto const byte = static_cast<unsigned char>(utf8[i]);
        if ((byte & 0xC0U) != 0x80) return {last_character + 1, 1};
        c = c << 6 | (byte & 0x3FU);
    }
    return {c, length};
}

void append_unit(std::string& out, std::uint32_t unit, std::size_t size, bool big) {
    for (std::size_t i = 0; i < size; ++i)
        out += static_cast<char>(unit >> (8 * (big ? size - 1 - i : i)) & 0xFF);
}

char windows_byte(std::uint32_t c) noexcept {
    if (c < 0x80 || (c >= 0xA0 && c < 0x100)) return static_cast<char>(c);
    auto const sign = std::find(windows_signs.begin(), windows_signs.end(), c);
    return sign == windows_signs.end() || c == 0
               ? '?'
               : static_cast<char>(0x80 + (sign - windows_signs.begin()));
}

}  // namespace

void append_encoded(std::string& out, std::string_view utf8, text_encoding e) {
    if (e == text_encoding::utf8) {
        out += utf8;
        return;
    }
    auto const size = unit_of(e);
    bool const big = is_big_endian(e);
    for (std::size_t at = 0; at < utf8.size();) {
        auto const [read, length] = character_at(utf8.substr(at));
        at += length;
        auto const c = read > last_character ? std::uint32_t{'?'} : read;
        if (e == text_encoding::windows1252) {
            out += windows_byte(c);
        } else if (size == 2 && c >= 0x10000) {
            append_unit(out, 0xD800 + ((c - 0x10000) >> 10), size, big);
            append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF), size, big);
        } else {
            append_unit(out, c, size, big);
        }
    }
}

std::size_t append_utf8(std::string& out, std::string_view raw, text_encoding e, bool at_end) {
    if (e == text_encoding::windows1252) {
        append_windows(out, raw);
        return raw.size();
    }
    auto const size = unit_of(e);
    if (size == 1) {
        out += raw;
        return raw.size();
    }
    bool const big = is_big_endian(e);
    std::size_t at = 0;
    while (raw.size() - at >= size) {
        auto const c = unit_at(raw, at, size, big);
        if (size == 2 && is_high_surrogate(c)) {
            bool const has_next = raw.size() - at >= 2 * size;
            if (!has_next && !at_end) return at;
            auto const next = has_next ? unit_at(raw, at + size, size, big) : 0;
            if (is_low_surrogate(next)) {
                append_character(out, 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00));
                at += 2 * size;
                continue;
            }
        }
        append_character(out, c);
        at += size;
    }
    if (at < raw.size() && at_end) {
        bool const is_blank = raw.find_first_not_of("\n\r\0"sv, at) == std::string_view::npos;
        out += is_blank ? ' ' : no_character;
        at = raw.size();
    }
    return at;
}

std::size_t raw_length(std::string_view utf8, text_encoding e) noexcept {
    auto const size = unit_of(e);
    if (e == text_encoding::utf8) return utf8.size();
    std::size_t out = 0;
    for (char const c : utf8) {
        auto const byte = static_cast<unsigned char>(c);
        bool const goes_on = byte >= 0x80 && byte < 0xC0;
        bool const is_pair = size == 2 && byte >= 0xF0 && byte != 0xFF;
        if (!goes_on) out += is_pair ? 2 * size : size;
    }
    return out;
}

}  // namespace setclick::event
