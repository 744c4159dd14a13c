#include "setclickd/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace setclick {
namespace {

struct code_point {
    std::uint32_t value = 0;
    std::size_t length = 0;  // 0: not well-formed here
};

/// The code point at the front, RFC 3629 section 4.
code_point front(std::string_view text) noexcept {
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto const tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    std::uint32_t const lead = byte(0);
    if (lead < 0x80U) return {lead, 1};
    if (lead >= 0xC2U && lead <= 0xDFU && tail(1))
        return {((lead & 0x1FU) << 6U) | (byte(1) & 0x3FU), 2};
    if (lead >= 0xE0U && lead <= 0xEFU && tail(1) && tail(2)) {
        auto const value = ((lead & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
        if (value < 0x800U || (value >= 0xD800U && value <= 0xDFFFU)) return {};
        return {value, 3};
    }
    if (lead >= 0xF0U && lead <= 0xF4U && tail(1) && tail(2) && tail(3)) {
        auto const value = ((lead & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) |
                           ((byte(2) & 0x3FU) << 6U) | (byte(3) & 0x3FU);
        if (value < 0x10000U || value > 0x10FFFFU) return {};
        return {value, 4};
    }
    return {};
}

/// The first byte from `at` on that is not ASCII, or the end; eight at a time.
std::size_t behind_ascii(std::string_view text, std::size_t at) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & high_bits) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80U)
        ++at;
    return at;
}

/// Characters that a terminal obeys instead of showing: C0, C1, line separators, bidirectional
/// controls, BOM.
bool is_control(std::uint32_t c) noexcept {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string escaped(std::uint32_t c, bool is_byte) {
    switch (c) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    return is_byte || c < 0x80 ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{{{:x}}}", c);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::string printable(std::string_view raw, std::size_t limit) {
    std::string out;
    while (!raw.empty()) {
        if (out.size() >= limit) return out + "…";
        auto const c = front(raw);
        if (c.length == 0) {
            out += escaped(static_cast<unsigned char>(raw[0]), true);
            raw.remove_prefix(1);
            continue;
        }
        if (c.value == '\\')
            out += "\\\\";
        else if (is_control(c.value))
            out += escaped(c.value, false);
        else
            out += raw.substr(0, c.length);
        raw.remove_prefix(c.length);
    }
    return out;
}

bool may_hold_address(std::string_view text) noexcept {
    return text.find('@') != std::string_view::npos || text.find("%40") != std::string_view::npos;
}

std::string shown_value(std::string_view value, std::size_t limit) {
    if (may_hold_address(value)) return "(an e-mail address?)";
    return "\"" + printable(value, limit) + "\"";
}

std::string_view nearest(std::string_view name, std::span<std::string_view const> known) {
    std::string_view best;
    if (name.size() > 64) return best;
    auto best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (auto const candidate : known) {
        auto const distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (!best.empty() || name.size() < 3) return best;
    for (auto const candidate : known)
        if (candidate.starts_with(name) && candidate.substr(name.size()).starts_with('_'))
            return candidate;
    if (name.ends_with('s')) name.remove_suffix(1);
    constexpr std::size_t short_word = 5;
    for (auto const candidate : known)
        if (name.size() >= short_word && candidate.starts_with(name)) return candidate;
    return best;
}

std::string grouped(std::uint64_t number) {
    auto out = std::to_string(number);
    for (auto i = static_cast<std::ptrdiff_t>(out.size()) - 3; i > 0; i -= 3)
        out.insert(static_cast<std::size_t>(i), 1, ',');
    return out;
}

std::size_t utf8_prefix(std::string_view text) noexcept {
    std::size_t at = 0;
    while ((at = behind_ascii(text, at)) < text.size()) {
        auto const length = front(text.substr(at)).length;
        if (length == 0) break;
        at += length;
    }
    return at;
}

bool is_utf8(std::string_view text) noexcept {
    return utf8_prefix(text) == text.size();
}

}  // namespace setclick
