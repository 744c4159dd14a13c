// What this process's terminal shows, by its environment.
#pragma once

#include <string_view>

#include "text_columns.hpp"

namespace setclick::cli {

/// `locale`: the one in effect for characters, such as "de_DE.UTF-8"; `terminal`: TERM. The Linux
/// console knows UTF-8, and its font has only some of the blocks. Pure.
glyphs glyphs_for(std::string_view locale, std::string_view terminal) noexcept;

glyphs glyphs_of_terminal();

}  // namespace setclick::cli
