// UTF-16, UTF-32 and Windows-1252 as UTF-8, and back: how a file is encoded, its bytes as those who
// split it want them, and which of its own bytes a stretch of that came from.
//
// Promises: `raw_length(out, e)` of any whole prefix of what `append_utf8` wrote is the number of
// the file's bytes it was made from, so that offsets stay those of the file. What is no character
// (half a surrogate pair, a number beyond Unicode) becomes bytes that are no UTF-8, which the reader
// refuses by name: nothing is replaced in silence. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "setclickd/event/position.hpp"

namespace setclick::event {

/// By the byte order mark, or by where the zeros lie in the first character, which in JSON is ASCII.
text_encoding encoding_of(std::string_view head) noexcept;

/// For a person: "UTF-16".
std::string_view name_of(text_encoding e) noexcept;

/// What is no character becomes this, which no UTF-8 holds.
inline constexpr char no_character = '\xFF';

/// Bytes of a code unit: 1, 2 or 4.
std::size_t unit_of(text_encoding e) noexcept;

/// Appends `raw` as UTF-8; returns how many of its bytes that is. Half a character at the end waits,
/// but for `at_end`; a
/// line's end behind a text of wide characters, as by a tool that knows none, is a blank.
std::size_t append_utf8(std::string& out, std::string_view raw, text_encoding e, bool at_end);

/// Appends `utf8` as bytes of a file in `e`; what `e` does not know becomes a question mark.
void append_encoded(std::string& out, std::string_view utf8, text_encoding e);

/// How many of the file's bytes `utf8` was made from.
std::size_t raw_length(std::string_view utf8, text_encoding e) noexcept;

}  // namespace setclick::event
