// A table's bytes → its rows, with line and offset: RFC 4180, and what Excel and its like make of it.
// Pure, no file in sight.
//
// A row ends with LF, CRLF or CR, whatever the others end with. A cell in quotes may hold all of
// these; a quote in it is doubled. A quote inside a cell that does not begin with one is part of it.
// Blanks around a cell's quotes are no part of it.
//
// What is wrong is a fault of the row, and the next row is found again:
//   - A quote that is not closed: where the file or `max_row` ends, or where a quote is met that neither
//     closes its cell nor is doubled (in practice the one that opens a cell of a later row). Then the row
//     is broken from its first line on. What follows, line by line, belongs to it until a line
//     begins a whole row with as many cells as the header has. So a broken row takes no more of
//     the file with it than lines that are no rows of this table.
//   - A row over `max_row` bytes is measured, never held.
//   - NUL, bytes that are no text in the file's encoding, too few or too many cells. Empty cells
//     beyond the header's are left out.
//
// The caller keeps a window, as for event::splitter; a window of max_row + slack bytes always lets
// `consume` make progress. `where()` is a place from which another row_reader goes on, after any row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "setclickd/event/position.hpp"

namespace setclick::csv {

enum class row_fault : std::uint8_t {
    none,
    nul,
    not_text,
    unclosed_quote,
    after_quote,  ///< something stands between a cell's closing quote and the separator
    too_long,
    too_few,
    too_many,
};
inline constexpr unsigned row_fault_count = 8;

struct row {
    std::uint64_t line = 0;    ///< of its first line, from 1
    std::uint64_t offset = 0;  ///< in the file's own bytes
    std::uint64_t length = 0;  ///< the same, without the line's end
    /// Its own bytes, of what is no UTF-8 as UTF-8; empty for rows that cannot be told apart.
    std::string_view raw;
    std::string_view own;          ///< of these, what lies behind our columns
    std::uint64_t own_offset = 0;  ///< where that begins in the file
    /// Without quotes and without our columns; as many as the header has where there is no fault.
    std::span<std::string_view const> cells;
    row_fault fault = row_fault::none;
    std::uint32_t column = 0;  ///< of the fault, from 1, ours not counted; 0: of the row as a whole
    std::uint32_t met = 0;     ///< cells of the row; of `too_few` and `too_many`
    bool is_blank = false;     ///< no cell holds anything

    bool is_good() const noexcept { return fault == row_fault::none; }
    /// Its quotes are broken: it may be more than one row.
    bool is_broken() const noexcept {
        return fault == row_fault::unclosed_quote || fault == row_fault::after_quote ||
               (fault == row_fault::too_long && raw.empty());
    }
};

/// For a person: "has 3 cells, and the header 5". `column_name`: of `row::column`, where it has one.
std::string problem_of(row const& r, std::uint32_t columns, std::string_view column_name,
                       std::size_t max_row);

struct row_rules {
    char separator = ',';
    std::uint32_t columns = 0;  ///< of the header, ours included; 0: any number
    std::uint32_t ours = 0;     ///< columns in front that are left out
    event::text_encoding encoding = event::text_encoding::utf8;
    std::size_t max_row = std::size_t{64} << 10;
    bool checks_text = true;  ///< false: bytes are not looked at, whatever their encoding
};

class row_reader {
public:
    static constexpr std::size_t slack = 16;

    /// Goes on at `from`: a row's start, or where an earlier one with the same rules stopped.
    explicit row_reader(row_rules const& rules, event::position const& from = {});
    ~row_reader();
    row_reader(row_reader&&) noexcept;
    row_reader& operator=(row_reader&&) noexcept;

    /// Hands every whole row of `window` to `sink`, which returns true to go on; returns how many
    /// bytes are done with. The row lasts until the sink returns.
    template <class Sink>
    std::size_t consume(std::string_view window, bool at_end, Sink&& sink) {
        using target = std::remove_reference_t<Sink>;
        return feed(window, at_end, const_cast<void*>(static_cast<void const*>(&sink)),
                    [](void* s, row const& r) -> bool { return (*static_cast<target*>(s))(r); });
    }

    /// The last `consume` was told at_end, and nothing is left.
    bool finished() const noexcept;
    event::position where() const;

private:
    using call = bool (*)(void*, row const&);
    class impl;

    std::size_t feed(std::string_view window, bool at_end, void* sink, call to);

    std::unique_ptr<impl> impl_;
};

}  // namespace setclick::csv
