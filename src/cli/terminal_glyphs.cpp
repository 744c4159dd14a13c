#include "terminal_glyphs.hpp"

#include <algorithm>
#include <cstdlib>

namespace setclick::cli {
namespace {

std::string_view variable(char const* name) noexcept {
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

bool is_same_letter(char a, char b) noexcept {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
}

bool contains(std::string_view text, std::string_view word) noexcept {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), is_same_letter) !=
           text.end();
}

}  // namespace

glyphs glyphs_for(std::string_view locale, std::string_view terminal) noexcept {
    if (!contains(locale, "utf-8") && !contains(locale, "utf8")) return glyphs::ascii;
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
