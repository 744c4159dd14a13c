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

/// How long a sign at the front is with which some programs end a line, and JSON does not: vertical
/// tab, form feed, NEL, U+2028 and U+2029. 0 for none.
inline std::size_t odd_line_end(std::string_view rest) noexcept {
    if (rest.starts_with('\v') || rest.starts_with('\f')) return 1;
    if (rest.starts_with("\xC2\x85")) return 2;
    return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ? 3 : 0;
}
/// A window that ends inside one.
inline bool may_become_odd_line_end(std::string_view rest) noexcept {
    return rest == "\xC2" || rest == "\xE2" || rest == "\xE2\x80";
}

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
