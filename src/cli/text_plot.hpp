// A row of numbers as a small plot of characters. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "text_columns.hpp"

namespace setclick::cli {

/// One column a value, `height` rows, the highest first; `top` fills a column. What is above zero is
/// seen, however small; zero, and a value that is none (NaN), is blank.
std::vector<std::string> plotted(std::span<double const> values, double top, std::size_t height,
                                 glyphs shown);

/// The largest value, 0 where there is none: the usual `top`.
double largest_of(std::span<double const> values);

}  // namespace setclick::cli
