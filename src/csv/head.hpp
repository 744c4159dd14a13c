// A table's first rows → its separator, its header, and what stands above it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/layout.hpp"
#include "setclickd/csv/values_survey.hpp"

namespace setclick::csv {

/// What was found; places are those of the text, in bytes of UTF-8.
struct head_found {
    std::string refusal;    ///< not empty: nothing else counts
    bool is_empty = false;  ///< no row holds anything
    char separator = ',';
    line_end ends = line_end::lf;
    std::size_t header_at = 0;
    std::size_t rows_at = 0;
    std::uint64_t header_line = 1;
    std::uint64_t rows_line = 2;
    std::vector<std::string> names;  ///< of the header, ours included
    std::uint32_t ours = 0;
    std::vector<parameter> parameters;
};

/// `text`: the file's beginning, without a byte order mark; `is_all` of it, or all that is looked at.
head_found look_at_head(std::string_view text, bool is_all, values_survey const& values);

/// From the lines above a header: "Parameters:TimeZone=+0100;,,,," → TimeZone, +0100.
std::vector<parameter> parameters_of(std::string_view preamble);

}  // namespace setclick::csv
