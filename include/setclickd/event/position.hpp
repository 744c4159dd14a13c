// A place in a spool file from which splitting goes on, after a chunk or after a restart.
//
// Every format has a type of its own for what it must know at such a place, and the variant's tag
// says which one it is: a further format is one more type here. The text form is what the ledger
// keeps:
//
//     ""                                 lines: between two of them
//     "lines long=OFFSET:LINE comment"   lines: inside one that is too long
//     "elements next told=24 indent=-1"  elements: members that have their default are left out
//     "lines in=utf-16le"                either: of a file that is no UTF-8
//     "table"                            tables (csv): between two rows
//     "table broken=OFFSET:LINE:3:7 line" tables: inside rows that cannot be told apart, by which
//                                        fault and in which column
//
// Promises: `place_of(text_of(p)) == p`; what earlier versions wrote ("4 0 0 0 -1 0 …", numbers by
// their order) is read too. Never: a guess; a text that is neither gives nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace setclick::event {

/// What went wrong between or inside elements, in the order in which the splitter lists it.
enum class split_trouble : std::uint8_t {
    too_long,
    open_string,   ///< a raw newline inside a string
    mismatch,      ///< ] closes { or the other way round
    cut_off,       ///< the file ends inside an element
    behind_array,  ///< something follows the closing ], which is no further array
    no_comma,
    extra_comma,
    several,     ///< objects side by side without an array
    not_closed,  ///< the file ends inside the array
    empty_file,
    noise,  ///< words before the JSON
    // The file as a whole cannot be split (file_shape.hpp).
    gzip,
    packed,
    envelope,  ///< the array of the events is a member of an object
    words,     ///< the file as a whole is no JSON
    table,     ///< the same: CSV
    markup,    ///< the same: HTML, XML
};

/// Of a file's characters.
enum class text_encoding : std::uint8_t {
    utf8,
    utf16le,
    utf16be,
    utf32le,
    utf32be,
    windows1252,  ///< of tables only
};

/// Which part of a file's grammar comes next.
enum class split_phase : std::uint8_t {
    start,        ///< nothing but white space so far
    single,       ///< after a top-level element
    first,        ///< after [
    value,        ///< after a comma
    next,         ///< after an element of the array
    closed,       ///< after ]
    skip_line,    ///< lines: inside a line that is too long
    skip_nested,  ///< inside an element that is too long: its brackets are counted
    skip_lines,   ///< inside a broken element: until a line begins as it does
    skip_rest,    ///< nothing can be made of what is left
};

/// The `lines` format.
struct line_place {
    bool in_long_line = false;
    bool comment = false;           ///< the long line is a comment
    std::uint64_t long_offset = 0;  ///< where the long line begins
    std::uint64_t long_line = 0;
    text_encoding encoding = text_encoding::utf8;

    friend bool operator==(line_place const&, line_place const&) = default;
};

/// The `elements` format.
struct element_place {
    split_phase now = split_phase::start;
    split_phase after = split_phase::start;  ///< where to go on after what is skipped
    split_trouble why = split_trouble::too_long;
    std::uint32_t told = 0;   ///< troubles between elements, each once a file: one bit each
    std::int64_t indent = 0;  ///< white space before this place in its line; -1: something else
    std::int64_t skip_indent = 0;  ///< of the element being skipped
    std::uint64_t skip_offset = 0;
    std::uint64_t skip_line = 0;
    std::uint64_t depth = 0;
    bool in_string = false;
    bool escaped = false;
    bool comment = false;  ///< inside a comment line
    text_encoding encoding = text_encoding::utf8;

    friend bool operator==(element_place const&, element_place const&) = default;
};

/// Tables (the module csv), whose first row and separator are kept elsewhere.
struct table_place {
    bool is_broken = false;  ///< inside rows that cannot be told apart
    bool in_line = false;    ///< the next row is looked for from the next line's start on
    std::uint8_t fault = 0;  ///< csv::row_fault
    std::uint32_t column = 0;
    std::uint64_t broken_offset = 0;  ///< where they begin
    std::uint64_t broken_line = 0;

    friend bool operator==(table_place const&, table_place const&) = default;
};

using place = std::variant<line_place, element_place, table_place>;

struct position {
    std::uint64_t offset = 0;  ///< bytes from the file's start
    std::uint64_t line = 1;    ///< that `offset` lies in
    place at;                  ///< the default one is the start of a file of any format

    friend bool operator==(position const&, position const&) = default;
};

/// Short, printable, without ';' and '|'.
std::string text_of(place const& p);
std::optional<place> place_of(std::string_view text);

}  // namespace setclick::event
