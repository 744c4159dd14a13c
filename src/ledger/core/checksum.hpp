// A 64-bit checksum of bytes: tells what is not what was written. Against damage of the medium, not
// against people. Pure.
//
// Any change within one aligned word of eight bytes is found for certain; others but for one in 2^64.
#pragma once

#include <cstdint>
#include <string_view>

namespace setclick::ledger {

/// `seed`: what belongs to the bytes without being among them (a page's number).
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed = 0) noexcept;

}  // namespace setclick::ledger
