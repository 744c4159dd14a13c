// The compact JSON of one event as it grows, and the values of its strings.
//
// Compact text is never longer than its source (escapes only shrink), so it is written through a
// bare pointer into a buffer of the source's size. A string without escapes is its own value and is
// copied once; one with escapes comes in parts, unescaped, which are put together apart.
//
// Promises: no allocation once the buffers have the size of the longest event. What it returns is
// valid until the next `begin`. Never: a write past the buffer, as long as what is put stands in
// the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace setclick::event {

class compact_text {
public:
    /// Forgets the last event and makes room for what this source becomes.
    void begin(std::string_view source);

    /// Where the next byte goes: the place that `since` takes later.
    char const* here() const noexcept { return out_; }
    std::string_view since(char const* place) const noexcept {
        return {place, static_cast<std::size_t>(out_ - place)};
    }

    void put(char c) noexcept { *out_++ = c; }
    void put(std::string_view text) noexcept { out_ = copied(out_, text); }

    /// A part of the value of a string that holds escapes; `put_string` gets the last one.
    void part(std::string_view decoded) noexcept { decoded_out_ = copied(decoded_out_, decoded); }

    /// Writes the string that `last` completes, without quotes, and returns its value. `total`:
    /// bytes of the whole value.
    std::string_view put_string(std::string_view last, std::size_t total) {
        // The parser hands out a slice of the source exactly where no escape had to be undone.
        auto const from_source = reinterpret_cast<std::uintptr_t>(last.data()) - source_;
        if (last.size() != total || from_source > source_size_) return put_decoded(last, total);
        auto const* const begin = out_;
        put(last);
        return {begin, total};
    }

    /// Whether a string held a NUL since this was asked last.
    bool take_nul() noexcept { return std::exchange(has_nul_, false); }

    /// Room for decimal_of, as long as the source.
    char* scratch() noexcept { return scratch_.get(); }

private:
    static char* copied(char* out, std::string_view text) noexcept {
        if (!text.empty()) std::memcpy(out, text.data(), text.size());
        return out + text.size();
    }
    std::string_view put_decoded(std::string_view last, std::size_t total);
    void put_escaped(std::string_view decoded);

    std::uintptr_t source_ = 0;
    std::size_t source_size_ = 0;
    std::size_t capacity_ = 0;         ///< of each of the three buffers
    std::unique_ptr<char[]> text_;     ///< compact JSON
    std::unique_ptr<char[]> decoded_;  ///< values of strings that hold escapes
    std::unique_ptr<char[]> scratch_;
    char* out_ = nullptr;
    char* decoded_out_ = nullptr;
    char* decoded_begin_ = nullptr;  ///< of the string being put together
    bool has_nul_ = false;
};

}  // namespace setclick::event
