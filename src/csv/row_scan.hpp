// One row of a table, found at the front of a text: its cells, its end, the first fault.
//
// Pure; no place in a file, no way back after a fault: that is row_reader's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/row_reader.hpp"

namespace setclick::csv {

/// What a look at the front of a text found.
struct scanned_row {
    bool is_whole = false;    ///< false: the text ends inside it
    std::size_t end = 0;      ///< behind its line's end; where it is broken: where that was noticed
    std::size_t body = 0;     ///< without the line's end
    std::uint64_t lines = 0;  ///< line ends up to `end`
    row_fault fault = row_fault::none;  ///< nul, unclosed_quote or after_quote
    std::uint32_t column = 0;           ///< of the fault, from 0
    bool has_high = false;              ///< a byte that is not ASCII
};

class row_scan {
public:
    explicit row_scan(char separator) : separator_(separator) {}

    /// `at_end`: nothing follows the text. A CR at its end waits for what follows, else.
    scanned_row look(std::string_view text, bool at_end);

    /// Of the last look; they last until the next one, and as long as its text.
    std::span<std::string_view const> cells() const noexcept { return cells_; }
    /// Where each cell begins in the text, its quote included.
    std::span<std::size_t const> begins() const noexcept { return begins_; }

private:
    enum class cell_end : std::uint8_t { separator, line, text, broken, needs_more };

    cell_end plain_cell(std::string_view text, std::size_t& at, bool at_end, scanned_row& out);
    cell_end quoted_cell(std::string_view text, std::size_t& at, bool at_end, scanned_row& out);
    cell_end end_at(std::string_view text, std::size_t& at, bool at_end, scanned_row& out) const;

    char separator_;
    std::vector<std::string_view> cells_;
    std::vector<std::size_t> begins_;
    std::string unquoted_;  ///< of cells with doubled quotes
};

/// How many line ends `text` holds (LF, CRLF, CR), a CR at its very end counted as one.
std::uint64_t line_ends_in(std::string_view text) noexcept;

}  // namespace setclick::csv
