#include "form.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "setclickd/base/ascii.hpp"

namespace setclick::api {
namespace {

/// What a byte becomes: up to three characters, and how many. Read and written as one word.
struct encoding {
    std::array<char, 3> text{};
    std::uint8_t size = 0;
};
static_assert(sizeof(encoding) == sizeof(std::uint32_t));

constexpr bool stays(unsigned char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '~';
}

constexpr std::array<encoding, 256> make_table() noexcept {
    constexpr char hex[] = "0123456789ABCDEF";
    std::array<encoding, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        if (stays(static_cast<unsigned char>(c)))
            table[c] = {{static_cast<char>(c), 0, 0}, 1};
        else if (c == ' ')
            table[c] = {{'+', 0, 0}, 1};
        else
            table[c] = {{'%', hex[c >> 4U], hex[c & 15U]}, 3};
    }
    return table;
}

constexpr auto table = make_table();

}  // namespace

char* write_encoded(char* out, std::string_view text) noexcept {
    // A whole entry is written each time, one or three bytes of it are kept: no branch on what the
    // byte is. There is always room: each byte of the input has its three, the last one more.
    for (char const c : text) {
        auto const e = table[static_cast<unsigned char>(c)];
        std::memcpy(out, &e, sizeof e);
        out += e.size;
    }
    return out;
}

void append_encoded(std::string& out, std::string_view text) {
    auto const start = out.size();
    out.resize(start + encoded_bound(text));
    auto const* const end = write_encoded(out.data() + start, text);
    out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace setclick::api
