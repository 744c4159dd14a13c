// The checksum that version 3 of the ledger had: what it wrote keeps it until it is written again.
//
// Pure. Nothing is written with it any more.
#pragma once

#include <cstdint>
#include <string_view>

#include "setclickd/base/checksum.hpp"

namespace setclick::ledger {

std::uint64_t former_checksum(std::string_view bytes, std::uint64_t seed) noexcept;

/// Today's checksum, or the former one.
using checksum_kind = std::uint64_t (*)(std::string_view bytes, std::uint64_t seed) noexcept;

/// Whether `found` is the checksum that `sum_by` makes, of either kind.
template <class SumBy>
bool is_sum(std::uint64_t found, SumBy const& sum_by) noexcept {
    return found == sum_by(checksum) || found == sum_by(former_checksum);
}

}  // namespace setclick::ledger
