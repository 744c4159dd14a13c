// What stands around the JSON in the files of some programs, and is no part of it: warnings, lines of a
// log, the page around an export, padding; and what a file is that holds no JSON at all.
//
// Promises: nothing that may be part of an event is called noise. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace setclick::event {

/// A line among events, and not one. `line` does not begin with {.
bool is_noise_line(std::string_view line) noexcept;

/// Between elements: what no JSON text begins with; after the array's ] more than that.
bool begins_words(std::string_view rest, bool is_closed) noexcept;

/// true, false or null, which the reader refuses by name.
bool is_json_word(std::string_view words) noexcept;

enum class no_json : unsigned char {
    words,
    table,   ///< CSV and its like
    markup,  ///< HTML, XML
};
/// What a file is in which no JSON was found.
no_json kind_of_no_json(std::string_view head) noexcept;

}  // namespace setclick::event
