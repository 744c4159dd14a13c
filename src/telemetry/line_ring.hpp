// A bounded ring of lines; the newest takes the oldest one's place. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "setclickd/telemetry/recent_lines.hpp"

namespace setclick::telemetry {

class line_ring {
public:
    line_ring(std::size_t most, std::size_t longest) : most_(most), longest_(longest) {}

    /// Cut where it is too long, never inside a character.
    void add(level severity, std::string_view line);
    std::vector<recent_line> after(std::uint64_t no) const;

private:
    std::size_t const most_;
    std::size_t const longest_;
    std::uint64_t last_ = 0;  // the newest line's number
    std::vector<recent_line> lines_;
};

}  // namespace setclick::telemetry
