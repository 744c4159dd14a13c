#include "terminal_glyphs.hpp"

#include <cstdlib>

#include "setclickd/base/ascii.hpp"

namespace setclick::cli {
namespace {

std::string_view variable(char const* name) noexcept {
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

glyphs glyphs_for(std::string_view locale, std::string_view terminal) noexcept {
    if (!contains_ignoring_case(locale, "utf-8") && !contains_ignoring_case(locale, "utf8"))
        return glyphs::ascii;
    return terminal == "linux" ? glyphs::text : glyphs::blocks;
}

glyphs glyphs_of_terminal() {
    // As setlocale chooses; but a locale that is not installed here does not mean that the terminal at
    // the other end of the line cannot show it.
    for (auto const* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (auto const locale = variable(name); !locale.empty())
            return glyphs_for(locale, variable("TERM"));
    return glyphs::ascii;
}

}  // namespace setclick::cli
