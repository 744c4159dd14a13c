// application/x-www-form-urlencoded, exactly as Python's urllib.parse.quote_plus writes it:
// letters, digits and _.-~ stay, a space is +, every other byte is %XX in upper case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace setclick::api {

/// The room that encoding `text` needs: three bytes for each of its own, and one that is written
/// and not kept.
constexpr std::size_t encoded_bound(std::string_view text) noexcept {
    return text.size() * 3 + 1;
}

/// Writes to `out`, which has room for encoded_bound(text) bytes; returns the end. The hot path.
char* write_encoded(char* out, std::string_view text) noexcept;

/// Appends; the buffer grows by the bound and is cut to what was used.
void append_encoded(std::string& out, std::string_view text);

}  // namespace setclick::api
