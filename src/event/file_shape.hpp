// What the first bytes of a file say about it, whatever its name says: a packed form that
// cannot be split at all, JSON laid out otherwise than the name promises, words before it.
//
// Pure; decides once a file, at its start. What is unambiguous is read, and nothing is guessed: a
// file of lines whose first line is broken stays a file of lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "setclickd/event/splitter.hpp"

namespace setclick::event {

enum class file_kind : unsigned char {
    lines,     ///< an event a line
    elements,  ///< objects, or arrays of them, laid out in any way
    gzip,
    packed,  ///< another compression or a container: zip, xz, zstd, bzip2, an office file, PDF
    words,   ///< no JSON in it
    table,   ///< the same, and it looks like CSV
    markup,  ///< the same, and it looks like HTML or XML
};

struct file_shape {
    file_kind kind = file_kind::lines;
    std::size_t noise = 0;  ///< bytes before the JSON that are no part of it; 0 = none
    /// Bytes (the noise among them) up to behind the [ of an array that is a member of an object,
    /// and holds the events; 0 = none.
    std::size_t envelope = 0;
};

/// Nothing: more of the file is needed. `at_end`: there is no more, or more will not be looked at;
/// `is_all`: there is no more.
std::optional<file_shape> shape_of(file_format by_name, std::string_view head, bool at_end,
                                   bool is_all);

}  // namespace setclick::event
