// One call of splitter::consume, shared by the two formats.
#pragma once

#include <algorithm>

#include "setclickd/event/splitter.hpp"

namespace setclick::event {

/// A line that begins so is the reason of the one below it, in a file from rejected/.
inline constexpr std::string_view comment_mark = "#! ";

/// UTF-8's byte order mark; RFC 7464's mark before a text.
inline constexpr std::string_view bom = "\xEF\xBB\xBF";
inline constexpr char record_separator = '\x1E';

/// Too short to tell.
inline bool may_become_comment(std::string_view rest) noexcept {
    return !rest.empty() && rest.size() < comment_mark.size() && comment_mark.starts_with(rest);
}

/// In element_place::told.
constexpr std::uint32_t bit_of(split_trouble why) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(why);
}
/// Beside them: the object around the array has been closed.
inline constexpr std::uint32_t envelope_closed = std::uint32_t{1} << 31U;

inline bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

inline std::uint64_t newlines_in(std::string_view text) noexcept {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

struct splitter::feeding {
    std::string_view window;
    bool at_end = false;
    void* sink = nullptr;
    call to = nullptr;
    std::size_t most = 0;  ///< bytes of a text
    std::size_t used = 0;

    std::string_view rest() const noexcept { return window.substr(used); }
};

}  // namespace setclick::event
