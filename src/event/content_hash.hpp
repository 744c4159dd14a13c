// The hash of an event's meaning, independent of its spelling.
//
// A tree of XXH3 128 hashes that grows while the parser runs: strings by their decoded bytes,
// numbers by their exact decimal value, arrays in order, objects as the sum of their members'
// hashes (so the members' order does not matter, and nothing is sorted). Non-cryptographic is
// enough: identities guard against a producer's own accidents (the same export dropped twice),
// nobody gains by forging a collision with himself; 80 bits next to the click time make an
// accidental one unthinkable (one in 10^24 for a pair with equal click time).
//
// The values are kept in ledgers for `dedupe.window`: a change here makes every event new once. A
// test holds them fixed.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

#include "decimal.hpp"

namespace setclick::event {

struct hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

namespace content_hash {

/// Seeds keep the kinds apart: "1" is not 1.
enum class seed : std::uint64_t {
    text = 1,
    number = 2,
    word = 3,
    member = 4,
    object = 5,
    array = 6,
    event = 7
};

inline hash128 of(seed kind, void const* data, std::size_t size) noexcept {
    auto const h = XXH3_128bits_withSeed(data, size, static_cast<std::uint64_t>(kind));
    return {h.low64, h.high64};
}

inline hash128 of_text(std::string_view decoded) noexcept {
    return of(seed::text, decoded.data(), decoded.size());
}

/// true, false or null.
inline hash128 of_word(std::string_view word) noexcept {
    return of(seed::word, word.data(), word.size());
}

inline hash128 of_number(decimal const& value) noexcept {
    auto const digits = of(seed::number, value.digits.data(), value.digits.size());
    std::uint64_t const parts[] = {digits.low, digits.high,
                                   static_cast<std::uint64_t>(value.exponent),
                                   value.negative ? 1U : 0U};
    return of(seed::number, parts, sizeof parts);
}

inline hash128 of_pair(seed kind, hash128 const& a, hash128 const& b) noexcept {
    std::uint64_t const parts[] = {a.low, a.high, b.low, b.high};
    return of(kind, parts, sizeof parts);
}

/// Addition modulo 2^128.
inline void add(hash128& sum, hash128 const& h) noexcept {
    sum.low += h.low;
    sum.high += h.high + (sum.low < h.low ? 1U : 0U);
}

}  // namespace content_hash
}  // namespace setclick::event
