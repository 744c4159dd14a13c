#include "json_text.hpp"

#include <array>

#include "setclickd/base/text.hpp"

namespace setclick::sandbox {
namespace {

enum class byte_class : unsigned char { plain, escape, high };

constexpr auto classes = [] {
    std::array<byte_class, 256> table{};
    for (std::size_t i = 0; i < 256; ++i)
        table[i] = i >= 0x80                                        ? byte_class::high
                   : i < 0x20 || i == '"' || i == '\\' || i == 0x7F ? byte_class::escape
                                                                    : byte_class::plain;
    return table;
}();

byte_class class_of(char c) noexcept {
    return classes[static_cast<unsigned char>(c)];
}

void append_escaped(std::string& out, char c) {
    constexpr char hex[] = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    auto const byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += hex[byte >> 4U];
    out += hex[byte & 15U];
}

/// The length of the longest well-formed sequence at the front, 0 when there is none.
std::size_t sequence_length(std::string_view text) noexcept {
    for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length)
        if (is_utf8(text.substr(0, length))) return length;
    return 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        auto end = i;
        while (end < text.size() && class_of(text[end]) == byte_class::plain)
            ++end;
        out.append(text, i, end - i);
        i = end;
        if (i == text.size()) break;
        if (class_of(text[i]) == byte_class::escape) {
            append_escaped(out, text[i++]);
            continue;
        }
        if (auto const length = sequence_length(text.substr(i)); length > 0) {
            out.append(text, i, length);
            i += length;
        } else {
            out += "\\ufffd";
            ++i;
        }
    }
    out += '"';
}

}  // namespace setclick::sandbox
