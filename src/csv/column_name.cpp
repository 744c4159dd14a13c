#include "column_name.hpp"

#include "setclickd/base/ascii.hpp"
#include "setclickd/event/invisible.hpp"

namespace setclick::csv {
namespace {

/// The letter below the accent, for U+00C0 to U+017F; a dot where it has none of its own.
char base_letter(unsigned code) noexcept {
    // Latin-1 from U+00C0 on, then Latin Extended-A from U+0100 on.
    constexpr std::string_view latin1 =
        "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y";
    constexpr std::string_view extended =
        "aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll....nnnnnn...oooooo.."
        "rrrrrrsssssssstttt.."
        "uuuuuuuuuuuuwwyyyzzzzzz.";
    if (code >= 0xC0 && code < 0x100) return latin1[code - 0xC0];
    if (code >= 0x100 && code < 0x100 + extended.size()) return extended[code - 0x100];
    return '.';
}

bool is_gap(char c) noexcept {
    return c == ' ' || c == '_' || c == '-' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::string_view bare(std::string_view name) noexcept {
    for (;;) {
        name = event::without_invisible_ends(name);
        bool const is_quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
                               name.front() == name.back();
        if (!is_quoted) return name;
        name = name.substr(1, name.size() - 2);
    }
}

std::string folded(std::string_view name) {
    name = bare(name);
    std::string out;
    out.reserve(name.size());
    bool gap = false;
    auto const put = [&](std::string_view text) {
        if (gap && !out.empty()) out += ' ';
        gap = false;
        out += text;
    };
    for (std::size_t i = 0; i < name.size();) {
        auto const c = static_cast<unsigned char>(name[i]);
        auto const next = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0U;
        auto const third = i + 2 < name.size() ? static_cast<unsigned char>(name[i + 2]) : 0U;
        if (is_gap(name[i]) || (c == 0xC2 && next == 0xA0)) {
            gap = true;
            i += c == 0xC2 ? 2 : 1;
        } else if (c == 0xE2 && next == 0x80 && third == 0xAF) {
            gap = true;
            i += 3;
        } else if (c < 0x80) {
            char const one = lower(name[i]);
            if (one != '"') put({&one, 1});
            ++i;
        } else if ((c == 0xCC && next >= 0x80) || (c == 0xCD && next < 0xB0)) {
            i += 2;  // an accent of its own, as a Mac writes it
        } else if (c == 0xE2 && next == 0x80 && third >= 0x8B && third <= 0x8F) {
            i += 3;  // what nobody sees
        } else if (c >= 0xC3 && c <= 0xC5 && next != 0) {
            auto const code = ((c & 0x1FU) << 6U) | (next & 0x3FU);
            char const base = base_letter(code);
            if (base != '.')
                put({&base, 1});
            else
                put(name.substr(i, 2));
            i += 2;
        } else {
            std::size_t const size = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            put(name.substr(i, size));
            i += size;
        }
    }
    return out;
}

bool matches(std::string_view pattern, std::string_view file_name) noexcept {
    // Goes back to the last * where a character does not fit.
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t from = 0;
    while (n < file_name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = n;
        } else if (p < pattern.size() &&
                   (pattern[p] == '?' || lower(pattern[p]) == lower(file_name[n]))) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

}  // namespace setclick::csv
