#include "setclickd/base/help_text.hpp"

#include <algorithm>

namespace setclick {
namespace {

/// Where the text of the line goes on: the first column after a gap of two blanks, or the line's own indentation.
std::size_t indentation(std::string_view line) {
    auto const text = line.find_first_not_of(' ');
    if (text == std::string_view::npos) return 0;
    auto const gap = line.find("  ", text);
    if (text == 0 || gap == std::string_view::npos) return text;
    return line.find_first_not_of(' ', gap);
}

/// Where to break a line of at most `width` columns; its end where it has no place.
std::size_t break_of(std::string_view line, std::size_t from, std::size_t width) {
    auto const cut = line.rfind(' ', width);
    if (cut != std::string_view::npos && cut > from) return cut;
    return std::min(line.find(' ', std::max(width, from)), line.size());
}

void append_wrapped(std::string& out, std::string_view line, std::size_t width) {
    auto indent = indentation(line);
    if (indent + 20 > width) indent = std::min<std::size_t>(line.find_first_not_of(' '), 4);
    std::size_t taken = 0;  // columns before `line` on its row
    while (taken + line.size() > width) {
        // Not inside of what stands before the text.
        auto const cut = break_of(line, taken == 0 ? indent : 0, width - taken);
        out += line.substr(0, cut);
        line.remove_prefix(std::min(line.find_first_not_of(' ', cut), line.size()));
        if (line.empty()) return;
        out += '\n';
        out.append(indent, ' ');
        taken = indent;
    }
    out += line;
}

}  // namespace

std::string wrapped(std::string_view help, std::size_t width) {
    std::string out;
    while (!help.empty()) {
        auto const end = std::min(help.find('\n'), help.size());
        append_wrapped(out, help.substr(0, end), width);
        if (end < help.size()) out += '\n';
        help.remove_prefix(std::min(end + 1, help.size()));
    }
    return out;
}

}  // namespace setclick
