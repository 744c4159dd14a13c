// How a table (CSV, TSV) is laid out: what the first pass over the file decided, once and for all of its
// rows.
//
// It is kept beside the file's place from its first row on: after a restart, and for what is
// appended later, nothing is decided again. `layout_of(text_of(l)) == l`. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/event/position.hpp"

namespace setclick::csv {

enum class line_end : std::uint8_t { lf, crlf, cr };
std::string_view text_of(line_end e) noexcept;

/// The two columns in front of a file from rejected/, which are not the producer's.
inline constexpr std::string_view line_column = "setclickd_line";
inline constexpr std::string_view error_column = "setclickd_error";
inline constexpr std::uint32_t our_columns = 2;

/// "Parameters:TimeZone=Europe/Madrid" above a header.
struct parameter {
    std::string name;
    std::string value;

    friend bool operator==(parameter const&, parameter const&) = default;
};

struct layout {
    event::text_encoding encoding = event::text_encoding::utf8;
    bool has_bom = false;
    char separator = ',';
    line_end ends = line_end::lf;  ///< of the header; rows may end otherwise
    std::uint64_t header_offset = 0;
    std::uint64_t header_line = 1;
    std::uint64_t rows_offset = 0;  ///< behind the header
    std::uint64_t rows_line = 2;
    std::uint32_t columns = 0;  ///< of the header, ours included
    std::uint32_t ours = 0;     ///< `our_columns` where they stand in front
    /// Rows from here up to `surveyed` are footers: no events, and no refusals.
    std::uint64_t footer_offset = 0;
    std::uint64_t surveyed = 0;  ///< how long the file was
    std::string values;          ///< what values_survey decided; any bytes

    bool is_footer(std::uint64_t offset) const noexcept {
        return offset >= footer_offset && offset < surveyed;
    }
    friend bool operator==(layout const&, layout const&) = default;
};

/// Printable, without ';' and ','.
std::string text_of(layout const& l);
std::optional<layout> layout_of(std::string_view text);

}  // namespace setclick::csv
