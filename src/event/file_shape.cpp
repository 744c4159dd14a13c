#include "file_shape.hpp"

#include <array>
#include <string>

namespace setclick::event {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view comment_mark = "#! ";
constexpr char record_separator = '\x1E';

using namespace std::string_view_literals;

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == record_separator;
}

/// An encoding or a packed form; `lines` when it is none of them.
file_kind kind_by_magic(std::string_view head) noexcept {
    constexpr std::array packed{"PK\x03\x04"sv,
                                "BZh"sv,
                                "\xFD"
                                "7zXZ\0"sv,
                                "\x28\xB5\x2F\xFD"sv,
                                "%PDF-"sv,
                                "\xD0\xCF\x11\xE0"sv,
                                "7z\xBC\xAF\x27\x1C"sv};
    if (head.starts_with("\x1F\x8B"sv)) return file_kind::gzip;
    for (auto const magic : packed)
        if (head.starts_with(magic)) return file_kind::packed;
    auto const is_json_start = [](char c) { return c == '{' || c == '[' || is_blank(c); };
    if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv))
        return file_kind::utf32;
    if (head.size() >= 4 && ((is_json_start(head[0]) && head.substr(1, 3) == "\0\0\0"sv) ||
                             (is_json_start(head[3]) && head.starts_with("\0\0\0"sv))))
        return file_kind::utf32;
    if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) return file_kind::utf16;
    if (head.size() >= 2 && ((is_json_start(head[0]) && head[1] == '\0') ||
                             (head[0] == '\0' && is_json_start(head[1]))))
        return file_kind::utf16;
    return file_kind::lines;
}

/// Behind blanks, byte order marks and comment lines; npos = all of it is such.
std::size_t content_at(std::string_view head) noexcept {
    std::size_t at = 0;
    bool line_begins = true;
    while (at < head.size()) {
        auto const rest = head.substr(at);
        if (rest.starts_with(byte_order_mark)) {
            at += byte_order_mark.size();
        } else if (is_blank(rest.front())) {
            line_begins = rest.front() == '\n' || (line_begins && rest.front() != '\r');
            ++at;
        } else if (line_begins && rest.starts_with(comment_mark)) {
            auto const newline = rest.find('\n');
            if (newline == std::string_view::npos) return std::string_view::npos;
            at += newline + 1;
        } else {
            return at;
        }
    }
    return std::string_view::npos;
}

/// Whether the line that begins with `next` goes on inside `open`, behind `last`; else the one before
/// it is broken, and the next object begins.
bool goes_on(char open, char last, char next) noexcept {
    bool const closes = next == '}' || next == ']';
    if (last == ':') return !closes;
    if (last == open) return closes || (open == '{' ? next == '"' : next != ',');
    if (last == ',') return open == '{' ? next == '"' : !closes && next != ',';
    return closes || next == ',';
}

/// What the layout of the object at the front of `text` says; nothing: it is not decided yet.
std::optional<file_kind> layout_of(std::string_view text) {
    std::string open;  // brackets
    bool in_string = false;
    char last = 0;  // that was not blank
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (in_string) {
            if (c == '\n') return file_kind::lines;  // a broken line
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '\n' && !open.empty()) {
            auto const next = text.find_first_not_of(" \t\r\n", i);
            if (next == std::string_view::npos) return std::nullopt;
            // What lies inside is indented.
            bool const is_next_object = text[next] == '{' && text[next - 1] == '\n';
            return !is_next_object && goes_on(open.back(), last, text[next]) ? file_kind::elements
                                                                             : file_kind::lines;
        }
        if (is_blank(c)) continue;
        last = c;
        if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            open += c;
        } else if (c == '}' || c == ']') {
            open.pop_back();
            if (!open.empty()) continue;
            // Further objects on the same line, or behind a CR alone, or a comma.
            auto const next = text.find_first_not_of(" \t\r\x1E,", i + 1);
            if (next == std::string_view::npos) return std::nullopt;
            return text[next] == '{' ? file_kind::elements : file_kind::lines;
        }
    }
    return std::nullopt;
}

/// Where the first line begins that is JSON; npos = there is none.
std::size_t json_line(std::string_view head) noexcept {
    for (std::size_t line = 0; line != std::string_view::npos && line < head.size();) {
        auto const first = head.find_first_not_of(" \t\r", line);
        if (first == std::string_view::npos) return first;
        auto const c = head[first];
        auto const next = head.find_first_not_of(" \t\r\n", first + 1);
        char const then = next == std::string_view::npos ? '\0' : head[next];
        if (c == '{' && (then == '"' || then == '}')) return line;
        if (c == '[' && (then == '{' || then == ']')) return line;
        auto const newline = head.find('\n', first);
        if (newline == std::string_view::npos) return newline;
        line = newline + 1;
    }
    return std::string_view::npos;
}

}  // namespace

std::optional<file_shape> shape_of(file_format by_name, std::string_view head, bool at_end) {
    constexpr std::size_t enough_for_magic = 8;
    if (head.size() < enough_for_magic && !at_end) return std::nullopt;
    if (auto const kind = kind_by_magic(head); kind != file_kind::lines) return file_shape{kind};
    auto const by = by_name == file_format::lines ? file_kind::lines : file_kind::elements;
    auto const at = content_at(head);
    if (at == std::string_view::npos) return at_end ? std::optional(file_shape{by}) : std::nullopt;
    char const first = head[at];
    if (by_name == file_format::lines) {
        if (first == '[') return file_shape{file_kind::elements};
        if (first != '{') return file_shape{by};
        auto const layout = layout_of(head.substr(at));
        if (!layout) return at_end ? std::optional(file_shape{by}) : std::nullopt;
        return file_shape{*layout};
    }
    // Words that are no JSON at all: a warning of PHP, a line of a log.
    constexpr std::string_view value_begins = "{[\"0123456789-tfn,]}'";
    bool const words = value_begins.find(first) == std::string_view::npos;
    if (!words) return file_shape{by};
    auto const json = json_line(head.substr(at));
    if (json == std::string_view::npos)
        return at_end ? std::optional(file_shape{by}) : std::nullopt;
    return file_shape{by, json == 0 ? 0 : at + json};
}

}  // namespace setclick::event
