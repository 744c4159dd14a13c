#include "setclickd/csv/layout.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <utility>

#include "setclickd/base/ascii.hpp"

namespace setclick::csv {
namespace {

constexpr std::string_view version = "1";

bool is_plain(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '=';
}

constexpr std::string_view digits = "0123456789abcdef";

/// Everything but letters, digits and a few signs as %XX.
std::string escaped(std::string_view raw) {
    std::string out;
    for (char const c : raw) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        auto const high = digits.find(text[i + 1]);
        auto const low = digits.find(text[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        out += static_cast<char>(high << 4U | low);
        i += 2;
    }
    return out;
}

/// Words between blanks.
class word_reader {
public:
    explicit word_reader(std::string_view text) : rest_(text) {}

    std::string_view next() {
        auto const word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(std::min(rest_.size(), word.size() + 1));
        return word;
    }
    template <std::unsigned_integral Number>
    bool number(Number& to) {
        auto const word = next();
        auto const* const end = word.data() + word.size();
        auto const got = std::from_chars(word.data(), end, to);
        return got.ec == std::errc{} && got.ptr == end && !word.empty();
    }
    /// Below `limit`.
    template <class Enum>
    bool choice(Enum& to, unsigned limit) {
        unsigned value = 0;
        if (!number(value) || value >= limit) return false;
        to = static_cast<Enum>(value);
        return true;
    }

private:
    std::string_view rest_;
};

}  // namespace

std::string_view text_of(line_end e) noexcept {
    switch (e) {
        case line_end::lf:
            return "\n";
        case line_end::crlf:
            return "\r\n";
        case line_end::cr:
            return "\r";
    }
    return "\n";
}

std::string text_of(layout const& l) {
    std::string out(version);
    auto const add = [&](std::uint64_t value) { (out += ' ') += std::to_string(value); };
    add(static_cast<std::uint64_t>(l.encoding));
    add(l.has_bom ? 1 : 0);
    add(static_cast<unsigned char>(l.separator));
    add(static_cast<std::uint64_t>(l.ends));
    for (auto const value :
         {l.header_offset, l.header_line, l.rows_offset, l.rows_line, std::uint64_t{l.columns},
          std::uint64_t{l.ours}, l.footer_offset, l.surveyed})
        add(value);
    return out + ' ' + escaped(l.values);
}

std::optional<layout> layout_of(std::string_view text) {
    word_reader words(text);
    layout out;
    unsigned separator = 0;
    constexpr unsigned encodings = 6;
    constexpr unsigned ends = 3;
    if (words.next() != version || !words.choice(out.encoding, encodings) ||
        !words.choice(out.has_bom, 2) || !words.choice(separator, 128) ||
        !words.choice(out.ends, ends) || !words.number(out.header_offset) ||
        !words.number(out.header_line) || !words.number(out.rows_offset) ||
        !words.number(out.rows_line) || !words.number(out.columns) || !words.number(out.ours) ||
        !words.number(out.footer_offset) || !words.number(out.surveyed))
        return std::nullopt;
    out.separator = static_cast<char>(separator);
    auto values = unescaped(words.next());
    if (!values) return std::nullopt;
    out.values = std::move(*values);
    return out;
}

}  // namespace setclick::csv
