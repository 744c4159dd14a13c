// Text as a manual page wants it (the man macros of groff and mandoc). Pure.
#pragma once

#include <string>
#include <string_view>

namespace setclick::reference::roff {

/// Running text: lines of at most 100 columns, none of which is taken for a request; what begins like an option has a real
/// minus sign.
std::string prose(std::string_view text);

/// What is typed as it stands, in one line: every hyphen is a minus sign, no quote is turned into a typographic one.
std::string literal(std::string_view text);

std::string bold(std::string_view text);    ///< of a literal
std::string italic(std::string_view text);  ///< of a literal

}  // namespace setclick::reference::roff
