#include "reference/roff.hpp"

#include <algorithm>

namespace setclick::reference::roff {
namespace {

/// Characters that mean something to the formatter, or look otherwise on paper than on a keyboard.
std::string escaped(char c) {
    switch (c) {
        case '\\':
            return "\\e";
        case '^':
            return "\\(ha";
        case '~':
            return "\\(ti";
        case '`':
            return "\\(ga";
        default:
            return std::string(1, c);
    }
}

/// A line that begins with one of these is a request.
bool begins_request(std::string_view line) {
    return line.starts_with('.') || line.starts_with('\'');
}

std::string escaped_word(std::string_view word) {
    // "--once", "(--check" and "key=-1" are typed; the hyphen of "dead-end" is one.
    bool const is_typed = word.find_first_not_of("(\"[") == word.find('-') ||
                          word.find("--") != std::string_view::npos;
    std::string out;
    for (char const c : word)
        out += c == '-' && is_typed ? std::string("\\-") : escaped(c);
    return out;
}

}  // namespace

std::string prose(std::string_view text) {
    constexpr std::size_t columns = 100;
    std::string out, line;
    auto const end_line = [&] {
        out += (begins_request(line) ? "\\&" : "") + line + "\n";
        line.clear();
    };
    while (!text.empty()) {
        auto const end = std::min(text.find_first_of(" \n"), text.size());
        auto const word = escaped_word(text.substr(0, end));
        if (!line.empty() && line.size() + 1 + word.size() > columns) end_line();
        if (!word.empty()) line += (line.empty() ? "" : " ") + word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!line.empty()) end_line();
    return out;
}

std::string literal(std::string_view text) {
    std::string out = text.empty() || begins_request(text) ? "\\&" : "";
    for (char const c : text)
        out += c == '-' ? std::string("\\-") : c == '\'' ? std::string("\\(aq") : escaped(c);
    return out;
}

std::string bold(std::string_view text) {
    return "\\fB" + literal(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + literal(text) + "\\fR";
}

}  // namespace setclick::reference::roff
