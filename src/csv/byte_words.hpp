// Eight bytes of a text at a time: which of them are a certain character. Only whether one is, and that
// the lowest one found is truly one, can be relied on.
#pragma once

#include <cstdint>
#include <cstring>

namespace setclick::csv {

inline constexpr std::uint64_t each_byte = 0x0101010101010101U;
inline constexpr std::uint64_t high_bits = 0x8080808080808080U;

inline std::uint64_t word_at(char const* text) noexcept {
    std::uint64_t out = 0;
    std::memcpy(&out, text, sizeof out);
    return out;
}
constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept {
    return (word - each_byte) & ~word & high_bits;
}
constexpr std::uint64_t bytes_equal(std::uint64_t word, char c) noexcept {
    return zero_bytes(word ^ (each_byte * static_cast<unsigned char>(c)));
}
/// ASCII below a blank.
constexpr std::uint64_t control_bytes(std::uint64_t word) noexcept {
    return (word - each_byte * 0x20U) & ~word & high_bits;
}

}  // namespace setclick::csv
