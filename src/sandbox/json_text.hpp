// Writing JSON straight into a growing buffer: the record and the book are lines of it, thousands a
// second.
//
// Promise: what comes out is well-formed JSON in UTF-8 whatever went in; bytes that are not UTF-8
// become U+FFFD.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace setclick::sandbox {

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

template <std::integral T>
void append_number(std::string& out, T value) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

inline void append_json_bool(std::string& out, bool value) {
    out += value ? "true" : "false";
}

}  // namespace setclick::sandbox
