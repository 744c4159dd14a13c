// How much room a text takes on a terminal, and a text that takes no more than there is. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::cli {

/// What the terminal shows: only ASCII, or all of UTF-8; block characters are a matter of its font.
enum class glyphs : std::uint8_t { ascii, text, blocks };

/// Columns of a well-formed text: two for East Asian wide characters, none for combining ones.
std::size_t columns_of(std::string_view text);

/// At most so many columns; a cut one ends in "…" ("~" in ASCII). Whatever a terminal could obey
/// (callers make it readable by `printable` before), and what it cannot show, is a question mark.
std::string fitted(std::string_view text, std::size_t columns, glyphs shown);

/// `fitted`, with blanks up to so many columns; `is_right`: in front of it.
std::string cell(std::string_view text, std::size_t columns, glyphs shown, bool is_right = false);

/// In words over at most `most` lines, the last one cut.
std::vector<std::string> lines_of(std::string_view text, std::size_t columns, std::size_t most,
                                  glyphs shown);

}  // namespace setclick::cli
