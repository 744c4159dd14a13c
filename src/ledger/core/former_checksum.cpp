#include "former_checksum.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace setclick::ledger {
namespace {

/// Each step can be undone for a known value, so that no difference is ever lost on the way.
constexpr std::uint64_t mixed(std::uint64_t sum, std::uint64_t value) noexcept {
    sum = std::rotl(sum ^ (value * 0x9e37'79b9'7f4a'7c15U), 29) * 0xbf58'476d'1ce4'e5b9U;
    return sum ^ (sum >> 32U);
}

std::uint64_t word_at(char const* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

}  // namespace

std::uint64_t former_checksum(std::string_view bytes, std::uint64_t seed) noexcept {
    // Four sums side by side: each waits for its own multiplications only.
    std::array<std::uint64_t, 4> sums{seed, ~seed, seed + 1, bytes.size()};
    auto const* at = bytes.data();
    auto left = bytes.size();
    for (; left >= 32; left -= 32, at += 32)
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] = mixed(sums[i], word_at(at + 8 * i));
    for (; left >= 8; left -= 8, at += 8)
        sums[0] = mixed(sums[0], word_at(at));
    std::uint64_t last = 0;
    if (left > 0) std::memcpy(&last, at, left);
    auto sum = mixed(sums[0], last);
    for (std::size_t i = 1; i < sums.size(); ++i)
        sum = mixed(sum, sums[i]);
    return sum;
}

}  // namespace setclick::ledger
