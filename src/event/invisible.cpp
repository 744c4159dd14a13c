#include "setclickd/event/invisible.hpp"

#include <cstdint>
#include <cstdio>

namespace setclick::event {
namespace {

struct character {
    char32_t code = 0;
    std::size_t size = 1;
};

character first_of(std::string_view text) noexcept {
    auto const at = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    auto const lead = at(0);
    if (lead < 0xC0) return {lead, 1};
    if (lead < 0xE0 && text.size() >= 2) return {((lead & 0x1FU) << 6U) | (at(1) & 0x3FU), 2};
    if (lead < 0xF0 && text.size() >= 3)
        return {((lead & 0x0FU) << 12U) | ((at(1) & 0x3FU) << 6U) | (at(2) & 0x3FU), 3};
    return {lead, 1};  // no character beyond U+FFFF is looked for
}

character last_of(std::string_view text) noexcept {
    auto begin = text.size() - 1;
    while (begin > 0 && text.size() - begin < 4 &&
           (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U)
        --begin;
    auto const c = first_of(text.substr(begin));
    return begin + c.size == text.size() ? c : character{0xFFFD, 1};
}

bool is_unseen(char32_t c) noexcept {
    return c == 0xA0 || c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
           (c >= 0x205F && c <= 0x206F) || c == 0x3000 || c == 0xFEFF;
}

bool is_end(char32_t c) noexcept {
    return c <= 0x20 || c == 0x7F || is_unseen(c);
}

}  // namespace

std::string_view without_invisible_ends(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const c = first_of(text);
        if (!is_end(c.code)) break;
        text.remove_prefix(c.size);
    }
    while (!text.empty()) {
        auto const c = last_of(text);
        if (!is_end(c.code)) break;
        text.remove_suffix(c.size);
    }
    return text;
}

char32_t first_invisible(std::string_view text) noexcept {
    if (is_ascii(text)) return 0;
    while (!text.empty()) {
        auto const c = first_of(text);
        bool const joiner = c.code == 0x200C || c.code == 0x200D;
        if (is_unseen(c.code) && !joiner) return c.code;
        text.remove_prefix(c.size);
    }
    return 0;
}

std::string code_text(char32_t code) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "U+%04X", static_cast<unsigned>(code));
    return buffer;
}

}  // namespace setclick::event
