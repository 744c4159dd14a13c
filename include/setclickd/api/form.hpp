// application/x-www-form-urlencoded, exactly as Python's urllib.parse.quote_plus writes it:
// letters, digits and _.-~ stay, a space is +, every other byte is %XX in upper case.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::api {

/// The most bytes that encoding `text` can take.
constexpr std::size_t encoded_bound(std::string_view text) noexcept {
    return text.size() * 3;
}

/// Writes to `out`, which has room for encoded_bound(text) bytes; returns the end. The hot path.
char* write_encoded(char* out, std::string_view text) noexcept;

void append_encoded(std::string& out, std::string_view text);

/// `errc::invalid_data` for a % without two hexadecimal digits.
result<std::string> form_decoded(std::string_view text);

}  // namespace setclick::api
