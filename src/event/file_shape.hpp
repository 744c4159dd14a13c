// What the first bytes of a file say about it, whatever its name says: an encoding or a packed form
// that cannot be split at all, JSON laid out otherwise than the name promises, words before it.
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
    utf16,
    utf32,
};

struct file_shape {
    file_kind kind = file_kind::lines;
    std::size_t noise = 0;  ///< bytes before the JSON that are no part of it; 0 = none
};

/// Nothing: more of the file is needed. `at_end`: there is no more, or more will not be looked at.
std::optional<file_shape> shape_of(file_format by_name, std::string_view head, bool at_end);

}  // namespace setclick::event
