// Characters that nobody sees: what spreadsheets, editors and web pages leave in a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace setclick::event {

/// Whether every byte is ASCII; eight at a time, for it is asked of each name and id.
inline bool is_ascii(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::uint64_t seen = 0;
    auto const* at = text.data();
    auto left = text.size();
    for (; left >= sizeof seen; left -= sizeof seen, at += sizeof seen) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        seen |= word;
    }
    for (; left > 0; --left, ++at)
        seen |= static_cast<unsigned char>(*at);
    return (seen & high_bits) == 0;
}

/// Without the white space and the invisible characters at both ends: blanks, control characters,
/// U+00A0, U+00AD, U+200B to U+200F, U+2028 to U+202F, U+205F to U+206F, U+3000, U+FEFF.
std::string_view without_invisible_ends(std::string_view text) noexcept;

/// The code point of the first such character that is no plain blank and no joiner (U+200C, U+200D,
/// which some scripts need inside a word); 0 = there is none. Malformed UTF-8 is none.
char32_t first_invisible(std::string_view text) noexcept;

/// "U+200B".
std::string code_text(char32_t code);

}  // namespace setclick::event
