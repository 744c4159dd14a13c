#include "chunk_limits.hpp"

#include <algorithm>

namespace setclick::intake {

chunk_limits portion(std::size_t accounts) noexcept {
    constexpr std::size_t accounts_a_share = 64;
    constexpr std::size_t most_shares = 8;
    auto const shares = std::clamp<std::size_t>(accounts / accounts_a_share + 1, 1, most_shares);
    chunk_limits out;
    out.events *= shares;
    out.bytes *= shares;
    return out;
}

}  // namespace setclick::intake
