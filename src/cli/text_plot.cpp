#include "text_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace setclick::cli {
namespace {

constexpr std::size_t steps = 8;  // of one row
constexpr std::array<std::string_view, steps + 1> blocks{" ", "▁", "▂", "▃", "▄",
                                                         "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, steps + 1> ascii{" ", "_", ".", "-", ":",
                                                        "=", "+", "*", "#"};

/// In steps of a row, from 0.
std::size_t height_of(double value, double top, std::size_t all) {
    if (!(value > 0) || !(top > 0)) return 0;
    auto const share = std::min(value / top, 1.0) * static_cast<double>(all);
    return std::max<std::size_t>(static_cast<std::size_t>(std::lround(share)), 1);
}

}  // namespace

std::vector<std::string> plotted(std::span<double const> values, double top, std::size_t height,
                                 glyphs shown) {
    auto const& marks = shown == glyphs::blocks ? blocks : ascii;
    std::vector<std::string> rows(height);
    for (auto const value : values) {
        auto const high = height_of(value, top, height * steps);
        for (std::size_t row = 0; row < height; ++row) {
            auto const below = (height - 1 - row) * steps;
            rows[row] += marks[high <= below ? 0 : std::min(high - below, steps)];
        }
    }
    return rows;
}

double largest_of(std::span<double const> values) {
    double out = 0;
    for (auto const value : values)
        if (value > out) out = value;
    return out;
}

}  // namespace setclick::cli
