// How large the terminal is.
#pragma once

#include <cstddef>

namespace setclick::cli {

/// The columns of the terminal on standard output, 80 where it is none or will not say; at most
/// 120, which the eye still follows.
std::size_t terminal_width();

/// Its rows, 24 where it will not say.
std::size_t terminal_height();

}  // namespace setclick::cli
