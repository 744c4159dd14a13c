// Help as a terminal of any width shows it. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace setclick {

/// Lines longer than `width` columns are broken at blanks; what goes on stands below the text that it goes on from:
/// after the column of descriptions where there is one, else after the line's own indentation. A word longer than the
/// line stays whole.
std::string wrapped(std::string_view help, std::size_t width);

}  // namespace setclick
