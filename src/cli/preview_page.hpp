// What preview learnt about a file, for a person: fits the terminal's width, the conclusion last.
#pragma once

#include <cstddef>

#include "console.hpp"
#include "file_preview.hpp"

namespace setclick::cli {

void print_preview(file_preview const& of, console const& io, std::size_t width);

}  // namespace setclick::cli
