// How much of a file is read at a time, and how much is imported together.
#pragma once

#include <cstddef>

namespace setclick::intake {

/// Of a chunk, or of all chunks that are imported together.
struct chunk_limits {
    std::size_t events = 1024;
    std::size_t bytes = std::size_t{384} << 10;

    bool is_used_up() const noexcept { return events == 0 || bytes == 0; }
};

/// What is imported together. Each account in it costs the ledger pages of its own, however few its
/// events are: files that mix many accounts are read in larger portions (at 500 accounts eight
/// times as much).
chunk_limits portion(std::size_t accounts) noexcept;

}  // namespace setclick::intake
