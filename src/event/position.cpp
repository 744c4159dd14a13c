#include "setclickd/event/position.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>

namespace setclick::event {
namespace {

constexpr std::array<std::string_view, 10> phase_names{
    "start",  "single",    "first",       "value",      "next",
    "closed", "skip-line", "skip-nested", "skip-lines", "skip-rest"};
constexpr std::array<std::string_view, 17> trouble_names{
    "too-long",    "open-string", "mismatch",   "cut-off",    "behind-array", "no-comma",
    "extra-comma", "several",     "not-closed", "empty-file", "noise",        "gzip",
    "packed",      "envelope",    "words",      "table",      "markup"};
constexpr std::array<std::string_view, 6> encoding_names{"utf-8",    "utf-16le", "utf-16be",
                                                         "utf-32le", "utf-32be", "windows-1252"};

template <class Enum, std::size_t N>
bool read_name(std::string_view text, std::array<std::string_view, N> const& names, Enum& to) {
    auto const found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return false;
    to = static_cast<Enum>(found - names.begin());
    return true;
}

template <std::integral Number>
bool read_number(std::string_view text, Number& to) {
    auto const* const end = text.data() + text.size();
    auto const got = std::from_chars(text.data(), end, to);
    return got.ec == std::errc{} && got.ptr == end;
}

/// The next word, taken off the front; empty at the end.
std::string_view take_word(std::string_view& text) {
    auto const word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

std::optional<place> lines_of(std::string_view text) {
    line_place out;
    while (!text.empty()) {
        auto const word = take_word(text);
        if (word == "comment") {
            out.comment = true;
        } else if (word.starts_with("long=")) {
            auto const colon = word.find(':');
            if (colon == std::string_view::npos ||
                !read_number(word.substr(5, colon - 5), out.long_offset) ||
                !read_number(word.substr(colon + 1), out.long_line))
                return std::nullopt;
            out.in_long_line = true;
        } else if (word.starts_with("in=")) {
            if (!read_name(word.substr(3), encoding_names, out.encoding)) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

bool read_member(std::string_view word, element_place& to) {
    auto const equals = word.find('=');
    if (equals == std::string_view::npos) {
        auto* const flag = word == "in-string" ? &to.in_string
                           : word == "escaped" ? &to.escaped
                           : word == "comment" ? &to.comment
                                               : nullptr;
        if (flag != nullptr) *flag = true;
        return flag != nullptr;
    }
    auto const name = word.substr(0, equals);
    auto const value = word.substr(equals + 1);
    if (name == "in") return read_name(value, encoding_names, to.encoding);
    if (name == "after") return read_name(value, phase_names, to.after);
    if (name == "why") return read_name(value, trouble_names, to.why);
    if (name == "told") return read_number(value, to.told);
    if (name == "indent") return read_number(value, to.indent);
    if (name == "skip-indent") return read_number(value, to.skip_indent);
    if (name == "skip-offset") return read_number(value, to.skip_offset);
    if (name == "skip-line") return read_number(value, to.skip_line);
    return name == "depth" && read_number(value, to.depth);
}

std::optional<place> elements_of(std::string_view text) {
    element_place out;
    if (!read_name(take_word(text), phase_names, out.now)) return std::nullopt;
    while (!text.empty())
        if (!read_member(take_word(text), out)) return std::nullopt;
    return out;
}

std::optional<place> table_of(std::string_view text) {
    table_place out;
    constexpr std::string_view broken = "broken=";
    while (!text.empty()) {
        auto word = take_word(text);
        if (word == "line") {
            out.in_line = true;
            continue;
        }
        if (!word.starts_with(broken)) return std::nullopt;
        word.remove_prefix(broken.size());
        auto const number = [&](auto& to) {
            auto const part = word.substr(0, word.find(':'));
            word.remove_prefix(std::min(word.size(), part.size() + 1));
            return read_number(part, to);
        };
        if (!number(out.broken_offset) || !number(out.broken_line) || !number(out.fault) ||
            !number(out.column) || !word.empty())
            return std::nullopt;
        out.is_broken = true;
    }
    return out;
}

std::string table_text(table_place const& p) {
    if (!p.is_broken) return "table";
    return "table broken=" + std::to_string(p.broken_offset) + ":" + std::to_string(p.broken_line) +
           ":" + std::to_string(p.fault) + ":" + std::to_string(p.column) +
           (p.in_line ? " line" : "");
}

/// What versions before the tags wrote: twelve members by their order, and a 1. Which format it
/// was shows in the phase alone.
std::optional<place> untagged(std::string_view text) {
    std::array<std::int64_t, 13> n{};
    for (auto& value : n)
        if (!read_number(take_word(text), value)) return std::nullopt;
    auto const phases = static_cast<std::int64_t>(phase_names.size());
    auto const troubles = static_cast<std::int64_t>(trouble_names.size());
    if (!text.empty() || n[0] < 0 || n[0] >= phases || n[1] < 0 || n[1] >= phases || n[2] < 0 ||
        n[2] >= troubles)
        return std::nullopt;
    if (static_cast<split_phase>(n[0]) == split_phase::skip_line)
        return line_place{true,
                          n[11] != 0,
                          static_cast<std::uint64_t>(n[6]),
                          static_cast<std::uint64_t>(n[7]),
                          {}};
    return element_place{static_cast<split_phase>(n[0]),
                         static_cast<split_phase>(n[1]),
                         static_cast<split_trouble>(n[2]),
                         static_cast<std::uint32_t>(n[3]),
                         n[4],
                         n[5],
                         static_cast<std::uint64_t>(n[6]),
                         static_cast<std::uint64_t>(n[7]),
                         static_cast<std::uint64_t>(n[8]),
                         n[9] != 0,
                         n[10] != 0,
                         n[11] != 0,
                         {}};
}

std::string lines_text(line_place const& p) {
    if (p == line_place{}) return {};
    std::string out = "lines";
    if (p.encoding != text_encoding::utf8)
        (out += " in=") += encoding_names[static_cast<std::size_t>(p.encoding)];
    if (!p.in_long_line) return out;
    return out + " long=" + std::to_string(p.long_offset) + ":" + std::to_string(p.long_line) +
           (p.comment ? " comment" : "");
}

std::string elements_text(element_place const& p) {
    element_place const usual;
    std::string out = "elements ";
    out += phase_names[static_cast<std::size_t>(p.now)];
    auto const add = [&](std::string_view name, auto value, auto unless) {
        if (value != unless) (((out += ' ') += name) += '=') += std::to_string(value);
    };
    auto const add_flag = [&](std::string_view name, bool set) {
        if (set) (out += ' ') += name;
    };
    if (p.encoding != usual.encoding)
        (out += " in=") += encoding_names[static_cast<std::size_t>(p.encoding)];
    if (p.after != usual.after)
        (out += " after=") += phase_names[static_cast<std::size_t>(p.after)];
    if (p.why != usual.why) (out += " why=") += trouble_names[static_cast<std::size_t>(p.why)];
    add("told", p.told, usual.told);
    add("indent", p.indent, usual.indent);
    add("skip-indent", p.skip_indent, usual.skip_indent);
    add("skip-offset", p.skip_offset, usual.skip_offset);
    add("skip-line", p.skip_line, usual.skip_line);
    add("depth", p.depth, usual.depth);
    add_flag("in-string", p.in_string);
    add_flag("escaped", p.escaped);
    add_flag("comment", p.comment);
    return out;
}

}  // namespace

std::string text_of(place const& p) {
    if (auto const* const lines = std::get_if<line_place>(&p)) return lines_text(*lines);
    if (auto const* const table = std::get_if<table_place>(&p)) return table_text(*table);
    return elements_text(std::get<element_place>(p));
}

std::optional<place> place_of(std::string_view text) {
    if (text.empty()) return place{};
    auto rest = text;
    auto const tag = take_word(rest);
    if (tag == "lines") return lines_of(rest);
    if (tag == "elements") return elements_of(rest);
    if (tag == "table") return table_of(rest);
    return untagged(text);
}

}  // namespace setclick::event
