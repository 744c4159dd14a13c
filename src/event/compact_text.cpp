#include "compact_text.hpp"

#include <algorithm>

namespace setclick::event {

void compact_text::begin(std::string_view source) {
    source_ = reinterpret_cast<std::uintptr_t>(source.data());
    source_size_ = source.size();
    auto const size = source.size();
    if (size + 1 > capacity_) {
        capacity_ = std::max<std::size_t>(2 * size, 4096);
        text_ = std::make_unique_for_overwrite<char[]>(capacity_);
        decoded_ = std::make_unique_for_overwrite<char[]>(capacity_);
        scratch_ = std::make_unique_for_overwrite<char[]>(capacity_);
    }
    out_ = text_.get();
    decoded_out_ = decoded_begin_ = decoded_.get();
    has_nul_ = false;
}

std::string_view compact_text::put_decoded(std::string_view last, std::size_t total) {
    part(last);
    std::string_view const decoded{decoded_begin_, total};
    decoded_begin_ = decoded_out_;
    put_escaped(decoded);
    if (decoded.find('\0') != std::string_view::npos) has_nul_ = true;
    return decoded;
}

void compact_text::put_escaped(std::string_view decoded) {
    static constexpr char hex[] = "0123456789abcdef";
    for (char const c : decoded) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && c != '"' && c != '\\') {
            put(c);
            continue;
        }
        put('\\');
        switch (c) {
            case '"':
            case '\\':
                put(c);
                break;
            case '\b':
                put('b');
                break;
            case '\f':
                put('f');
                break;
            case '\n':
                put('n');
                break;
            case '\r':
                put('r');
                break;
            case '\t':
                put('t');
                break;
            default:
                put("u00");
                put(hex[byte >> 4U]);
                put(hex[byte & 15U]);
        }
    }
}

}  // namespace setclick::event
