#include "text_columns.hpp"

#include <algorithm>
#include <array>

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

struct range {
    std::uint32_t first, last;
};

/// Combining marks, joiners and variation selectors (Unicode 15, categories Mn, Me and Cf, those of
/// them that names and log lines meet).
constexpr std::array no_column{
    range{0x0300, 0x036F}, range{0x0483, 0x0489}, range{0x0591, 0x05BD}, range{0x0610, 0x061A},
    range{0x064B, 0x065F}, range{0x06D6, 0x06DC}, range{0x093A, 0x093A}, range{0x0941, 0x0948},
    range{0x0E31, 0x0E31}, range{0x0E34, 0x0E3A}, range{0x0E47, 0x0E4E}, range{0x1AB0, 0x1AFF},
    range{0x1DC0, 0x1DFF}, range{0x200B, 0x200F}, range{0x20D0, 0x20FF}, range{0x302A, 0x302D},
    range{0x3099, 0x309A}, range{0xFE00, 0xFE0F}, range{0xFE20, 0xFE2F}, range{0xE0100, 0xE01EF}};

/// East Asian wide and full-width, and emoji (Unicode 15, East_Asian_Width W and F).
constexpr std::array two_columns{
    range{0x1100, 0x115F},   range{0x231A, 0x231B},   range{0x2329, 0x232A},
    range{0x23E9, 0x23EC},   range{0x25FD, 0x25FE},   range{0x2614, 0x2615},
    range{0x2648, 0x2653},   range{0x26A1, 0x26A1},   range{0x2705, 0x2705},
    range{0x274C, 0x274C},   range{0x2753, 0x2755},   range{0x2795, 0x2797},
    range{0x2B1B, 0x2B1C},   range{0x2B50, 0x2B50},   range{0x2E80, 0x303E},
    range{0x3041, 0x3247},   range{0x3250, 0x4DBF},   range{0x4E00, 0xA4C6},
    range{0xA960, 0xA97C},   range{0xAC00, 0xD7A3},   range{0xF900, 0xFAFF},
    range{0xFE10, 0xFE19},   range{0xFE30, 0xFE6B},   range{0xFF01, 0xFF60},
    range{0xFFE0, 0xFFE6},   range{0x16FE0, 0x18CFF}, range{0x1AFF0, 0x1B2FB},
    range{0x1F004, 0x1F004}, range{0x1F18E, 0x1F19A}, range{0x1F200, 0x1F320},
    range{0x1F32D, 0x1F64F}, range{0x1F680, 0x1F6FC}, range{0x1F7E0, 0x1F7F0},
    range{0x1F900, 0x1FAFF}, range{0x20000, 0x3FFFD}};

template <std::size_t N>
bool is_in(std::array<range, N> const& all, std::uint32_t c) noexcept {
    auto const at = std::ranges::lower_bound(all, c, {}, &range::last);
    return at != all.end() && at->first <= c;
}

/// A character of a text: its bytes, and the columns that it takes.
struct glyph {
    std::string_view bytes;
    std::size_t columns = 1;
};

std::uint32_t value_of(std::string_view bytes) noexcept {
    std::uint32_t const lead = static_cast<unsigned char>(bytes[0]);
    if (bytes.size() == 1) return lead;
    auto value = lead & (0xFFU >> (bytes.size() + 1));
    for (char const c : bytes.substr(1))
        value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

glyph shown_as(std::string_view bytes, glyphs shown) noexcept {
    constexpr glyph unknown{"?", 1};
    auto const c = value_of(bytes);
    if (c < 0x80) return c < 0x20 || c == 0x7F ? unknown : glyph{bytes, 1};
    bool const is_obeyed = c < 0xA0 || (c >= 0x200B && c <= 0x200F) ||
                           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                           c == 0xFEFF;
    if (is_obeyed || shown == glyphs::ascii) return unknown;
    if (is_in(no_column, c)) return {bytes, 0};
    return {bytes, is_in(two_columns, c) ? 2U : 1U};
}

/// Takes the next character off the text.
glyph next(std::string_view& text, glyphs shown) noexcept {
    auto const lead = static_cast<unsigned char>(text[0]);
    std::size_t const length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    auto const bytes = text.substr(0, length);
    bool const is_whole = is_utf8(bytes);
    text.remove_prefix(is_whole ? bytes.size() : 1);
    return is_whole ? shown_as(bytes, shown) : glyph{"?", 1};
}

/// Of the characters at the front that fit; at least one of them.
std::size_t bytes_within(std::string_view text, std::size_t columns) noexcept {
    auto rest = text;
    for (std::size_t taken = 0; !rest.empty();) {
        auto const before = rest;
        taken += next(rest, glyphs::blocks).columns;
        if (taken > columns && before.size() < text.size()) return text.size() - before.size();
    }
    return text.size();
}

}  // namespace

std::size_t columns_of(std::string_view text) {
    std::size_t sum = 0;
    while (!text.empty())
        sum += next(text, glyphs::blocks).columns;
    return sum;
}

std::string fitted(std::string_view text, std::size_t columns, glyphs shown) {
    std::string out;
    std::size_t taken = 0;
    std::size_t cut = 0;  // where the mark of a cut text would stand
    while (!text.empty()) {
        auto const g = next(text, shown);
        if (taken + g.columns > columns) {
            out.resize(cut);
            if (columns > 0) out += shown == glyphs::ascii ? "~" : "…";
            return out;
        }
        taken += g.columns;
        out += g.bytes;
        if (taken < columns) cut = out.size();
    }
    return out;
}

std::string cell(std::string_view text, std::size_t columns, glyphs shown, bool is_right) {
    auto out = fitted(text, columns, shown);
    auto const taken = columns_of(out);
    out.insert(is_right ? 0 : out.size(), columns - std::min(columns, taken), ' ');
    return out;
}

std::vector<std::string> lines_of(std::string_view text, std::size_t columns, std::size_t most,
                                  glyphs shown) {
    std::vector<std::string> out;
    while (!text.empty() && out.size() < most) {
        bool const is_last = out.size() + 1 == most;
        std::size_t fits = 0;  // bytes of whole words in this line
        std::size_t taken = 0;
        for (std::size_t at = 0; at <= text.size() && !is_last;) {
            auto const end = std::min(text.find(' ', at), text.size());
            taken += columns_of(text.substr(at, end - at)) + (at > 0 ? 1 : 0);
            if (taken > columns) break;
            fits = end;
            at = end + 1;
        }
        if (is_last) fits = text.size();
        if (fits == 0) fits = bytes_within(text, columns);  // a word longer than a line
        out.push_back(fitted(text.substr(0, fits), columns, shown));
        text.remove_prefix(fits);
        if (text.starts_with(' ')) text.remove_prefix(1);
    }
    return out;
}

}  // namespace setclick::cli
