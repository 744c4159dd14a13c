#include "setclickd/spool/file_end.hpp"

#include "setclickd/base/ascii.hpp"

namespace setclick::spool {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

/// Whether each bracket and each string that begins in `text` ends in it. False for a text that
/// begins inside a string: whoever cannot see a beginning gives none.
bool is_closed(std::string_view text) noexcept {
    std::int64_t depth = 0;
    bool in_string = false;
    bool escaped = false;
    for (char const c : text) {
        if (escaped) {
            escaped = false;
        } else if (in_string) {
            escaped = c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return !in_string && depth <= 0;
}

std::string_view without_blanks(std::string_view text) noexcept {
    auto const last = text.find_last_not_of(white_space);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

char first_of(std::string_view head) noexcept {
    if (head.starts_with(bom)) head.remove_prefix(bom.size());
    auto const first = head.find_first_not_of(white_space);
    return first == std::string_view::npos ? '\0' : head[first];
}

/// UTF-16, UTF-32, gzip and their like: their ends are not looked at.
bool is_other_text(std::string_view head) noexcept {
    return head.find('\0') != std::string_view::npos || head.starts_with("\x1F\x8B");
}

/// A row that is not ended may still lack digits of its last cell.
file_end table_end(std::string_view tail) noexcept {
    bool const is_ended = tail.empty() || tail.back() == '\n' || tail.back() == '\r';
    return is_ended ? file_end::well : file_end::inside;
}

file_end lines_end(std::string_view tail, bool is_all) noexcept {
    if (tail.empty() || tail.back() == '\n') return file_end::well;
    auto const newline = tail.rfind('\n');
    auto const line = newline == std::string_view::npos ? tail : tail.substr(newline + 1);
    auto const text = without_blanks(line);
    bool const ends_closed = text.ends_with('}') || text.ends_with(']');
    // Too long for what is seen of it: only its last byte tells.
    if (newline == std::string_view::npos && !is_all)
        return ends_closed ? file_end::well : file_end::inside;
    // A last line without its end is complete when its JSON is, or when it is no event at all.
    if (text.empty() || text.starts_with("#!")) return file_end::well;
    return ends_closed && is_closed(text) ? file_end::well : file_end::inside;
}

file_end json_end(std::string_view head, std::string_view tail, bool is_all) noexcept {
    auto const text = without_blanks(tail);
    if (text.empty()) return file_end::well;
    if (is_all) return is_closed(text) ? file_end::well : file_end::inside;
    char const wanted = first_of(head) == '[' ? ']' : '}';
    return text.back() == wanted ? file_end::well : file_end::inside;
}

}  // namespace

bool is_table_name(std::string_view name) noexcept {
    return ends_with_ignoring_case(name, ".csv") || ends_with_ignoring_case(name, ".tsv") ||
           ends_with_ignoring_case(name, ".txt");
}

bool is_lines_name(std::string_view name) noexcept {
    return !ends_with_ignoring_case(name, ".json");
}

file_end end_of_table(std::string_view head, std::string_view tail) noexcept {
    return is_other_text(head) ? file_end::well : table_end(tail);
}

file_end end_of(bool lines, std::string_view head, std::string_view tail, bool is_all) noexcept {
    if (is_other_text(head)) return file_end::well;
    return lines ? lines_end(tail, is_all) : json_end(head, tail, is_all);
}

}  // namespace setclick::spool
