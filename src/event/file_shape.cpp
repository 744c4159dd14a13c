#include "file_shape.hpp"

#include <array>
#include <string>

#include "envelope.hpp"
#include "noise.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {
namespace {

using namespace std::string_view_literals;

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == record_separator;
}

/// A packed form; `lines` when it is none.
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
    return file_kind::lines;
}

/// Behind blanks, byte order marks and comment lines; npos = all of it is such.
std::size_t content_at(std::string_view head) noexcept {
    std::size_t at = 0;
    bool line_begins = true;
    while (at < head.size()) {
        auto const rest = head.substr(at);
        if (rest.starts_with(bom)) {
            at += bom.size();
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
            // Further objects on the same line, or behind a CR alone, or a comma, or what ends
            // lines elsewhere.
            auto next = text.find_first_not_of(" \t\r\x1E,", i + 1);
            while (next != std::string_view::npos && odd_line_end(text.substr(next)) > 0)
                next = text.find_first_not_of(" \t\r\x1E,", next + odd_line_end(text.substr(next)));
            if (next == std::string_view::npos) return std::nullopt;
            return text[next] == '{' ? file_kind::elements : file_kind::lines;
        }
    }
    return std::nullopt;
}

/// `text` begins with a bracket after which JSON goes on.
bool begins_json(std::string_view text) noexcept {
    auto const next = text.find_first_not_of(" \t\r\n", 1);
    char const then = next == std::string_view::npos ? '\0' : text[next];
    if (text.front() == '{') return then == '"' || then == '}';
    return text.front() == '[' && (then == '{' || then == ']');
}

/// Inside a line of words: an array or an object of events for certain.
bool begins_events(std::string_view text) noexcept {
    if (!begins_json(text)) return false;
    auto const object = text.front() == '[' ? text.find_first_not_of(" \t\r\n", 1) : 0;
    if (text[object] != '{') return false;
    return is_event(text.substr(object)).value_or(false) ||
           envelope_of(text.substr(object)).value_or(0) > 0;
}

/// Where the JSON begins: at the first line that is JSON, or inside one, after words; npos = there is none.
std::size_t json_begin(std::string_view head) noexcept {
    for (std::size_t line = 0; line != std::string_view::npos && line < head.size();) {
        auto const first = head.find_first_not_of(" \t\r", line);
        if (first == std::string_view::npos) return first;
        if (begins_json(head.substr(first))) return line;
        auto const newline = std::min(head.find('\n', first), head.size());
        for (auto at = head.find_first_of("{[", first); at < newline;
             at = head.find_first_of("{[", at + 1))
            if (begins_events(head.substr(at))) return at;
        if (newline == head.size()) break;
        line = newline + 1;
    }
    return std::string_view::npos;
}

/// Of a file in which there is none.
file_kind without_json(std::string_view head) noexcept {
    switch (kind_of_no_json(head)) {
        case no_json::table:
            return file_kind::table;
        case no_json::markup:
            return file_kind::markup;
        case no_json::words:
            break;
    }
    return file_kind::words;
}

/// From where the JSON begins on.
std::optional<file_shape> layout_from(file_kind by, std::string_view head, std::size_t begin,
                                      bool at_end) {
    auto const as_named = [&] { return at_end ? std::optional(file_shape{by}) : std::nullopt; };
    auto const first = head.find_first_not_of(" \t\r\n", begin);
    if (first == std::string_view::npos) return as_named();
    if (head[first] == '[') return file_shape{file_kind::elements};
    if (head[first] != '{') return file_shape{by};
    auto const text = head.substr(first);
    auto const inside = envelope_of(text);
    if (!inside) return as_named();
    if (*inside > 0) return file_shape{file_kind::elements, 0, first + *inside};
    if (by == file_kind::elements) return file_shape{by};
    auto const layout = layout_of(text);
    return layout ? std::optional(file_shape{*layout}) : as_named();
}

}  // namespace

bool is_packed(std::string_view head) noexcept {
    return kind_by_magic(head) != file_kind::lines;
}

std::optional<file_shape> shape_of(file_format by_name, std::string_view head, bool at_end,
                                   bool is_all) {
    constexpr std::size_t enough_for_magic = 8;
    if (head.size() < enough_for_magic && !at_end) return std::nullopt;
    if (auto const kind = kind_by_magic(head); kind != file_kind::lines) return file_shape{kind};
    auto const by = by_name == file_format::lines ? file_kind::lines : file_kind::elements;
    auto const at = content_at(head);
    if (at == std::string_view::npos) return at_end ? std::optional(file_shape{by}) : std::nullopt;
    // Words that are no JSON at all: a warning of PHP, a line of a log.
    constexpr std::string_view value_begins = "\"0123456789-tfn,]}'";
    bool const is_json = head[at] == '{' || head[at] == '[';
    auto begin = at;
    if (!is_json) {
        auto const json = json_begin(head.substr(at));
        auto const line = head.substr(at, head.find('\n', at) - at);
        bool const is_value =
            value_begins.find(head[at]) != std::string_view::npos && !is_noise_line(line);
        if (json == std::string_view::npos) {
            if (!at_end) return std::nullopt;
            // Perhaps the JSON lies in a string, which the reader refuses by name.
            if (is_value && line.find('{') != std::string_view::npos) return file_shape{by};
            bool const is_line =
                head.find_first_not_of(" \t\r\n", at + line.size()) == std::string_view::npos;
            return file_shape{is_line && (is_value || !is_all) ? by
                                                               : without_json(head.substr(at))};
        }
        if (!is_value) begin = at + json;
    }
    auto out = layout_from(by, head, begin, at_end);
    if (out && begin > at) out->noise = begin;
    return out;
}

}  // namespace setclick::event
