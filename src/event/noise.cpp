#include "noise.hpp"

#include <algorithm>
#include <array>

#include "setclickd/base/ascii.hpp"

namespace setclick::event {
namespace {

/// With which no value of JSON begins.
bool is_sign(char c) noexcept {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') ||
           std::string_view("<>();*/#!=`&$%@~^|+?_").find(c) != std::string_view::npos;
}

/// "2026-11-28 10:00:01 …"
bool begins_with_date(std::string_view line) noexcept {
    constexpr std::string_view form = "0000-00-00";
    return line.size() > form.size() &&
           std::equal(form.begin(), form.end(), line.begin(),
                      [](char of, char c) { return of == '0' ? is_digit(c) : of == c; });
}

}  // namespace

bool is_noise_line(std::string_view line) noexcept {
    constexpr std::array<std::string_view, 10> begins{
        "PHP ", "Warning: ", "Notice: ", "Deprecated: ", "Fatal error: ",
        "INFO", "DEBUG",     "WARN",     "ERROR",        "NOTICE"};
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.find_first_of("{}[]\"") != std::string_view::npos) return false;
    if (line.starts_with('-')) return line.size() > 1 && !is_digit(line[1]);
    if (is_sign(line.front()) || begins_with_date(line)) return true;
    return std::any_of(begins.begin(), begins.end(),
                       [&](std::string_view begin) { return line.starts_with(begin); });
}

bool begins_words(std::string_view rest, bool is_closed) noexcept {
    char const c = rest.front();
    if (std::string_view("{}[]\":").find(c) != std::string_view::npos) return false;
    if (is_closed) return true;
    if (c == '-') return rest.size() > 1 && (!is_digit(rest[1]));
    bool const is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || is_sign(c);
}

bool is_json_word(std::string_view words) noexcept {
    auto const first = words.substr(0, words.find_first_of(" \t\r,"));
    return first == "true" || first == "false" || first == "null";
}

no_json kind_of_no_json(std::string_view head) noexcept {
    auto const first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (first != std::string_view::npos && head[first] == '<') return no_json::markup;
    auto const line = head.substr(0, head.find('\n'));
    auto const next = line.size() < head.size() ? head.substr(line.size() + 1) : std::string_view{};
    // Each of the first two lines has as many separators.
    for (char const separator : {',', ';', '\t', '|'}) {
        auto const in = [&](std::string_view text) {
            return std::count(text.begin(), text.end(), separator);
        };
        auto const columns = in(line);
        if (columns > 0 && in(next.substr(0, next.find('\n'))) == columns) return no_json::table;
    }
    return no_json::words;
}

}  // namespace setclick::event
