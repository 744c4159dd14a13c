// The inverse of what the program writes, for tests of what it wrote: written apart from it.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace setclick::api {

/// Nothing for a % without two hexadecimal digits.
inline std::optional<std::string> form_decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '%') {
            unsigned value = 0;
            auto const digits = text.substr(0, 2);
            auto const end = digits.data() + digits.size();
            if (digits.size() < 2 || std::from_chars(digits.data(), end, value, 16).ptr != end)
                return std::nullopt;
            c = static_cast<char>(value);
            text.remove_prefix(2);
        } else if (c == '+') {
            c = ' ';
        }
        out += c;
    }
    return out;
}

}  // namespace setclick::api
