#include "setclickd/csv/write.hpp"

#include <algorithm>
#include <array>

namespace setclick::csv {
namespace {

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (char const c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

bool needs_quotes(std::string_view text, char separator) noexcept {
    if (text.empty()) return false;
    return text.find_first_of("\"\r\n") != std::string_view::npos ||
           text.find(separator) != std::string_view::npos || text.front() == ' ' ||
           text.back() == ' ' || text.front() == '\xEF';
}

}  // namespace

void append_cell(std::string& out, std::string_view text, char separator) {
    if (needs_quotes(text, separator))
        append_quoted(out, text);
    else
        out += text;
}

bool looks_like_formula(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 4> wide{"＝", "＋", "－", "＠"};
    return !text.empty() &&
           (std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos ||
            std::any_of(wide.begin(), wide.end(),
                        [&](auto sign) { return text.starts_with(sign); }));
}

void append_own_cell(std::string& out, std::string_view text, char separator) {
    std::string line;
    if (looks_like_formula(text)) line += '\'';
    line += text;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    append_cell(out, line, separator);
}

}  // namespace setclick::csv
