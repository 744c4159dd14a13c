#include "row_scan.hpp"

#include <algorithm>
#include <array>

#include "byte_words.hpp"

namespace setclick::csv {
namespace {

enum class kind : std::uint8_t { other, separator, line, nul, high, quote };

constexpr std::array<kind, 256> make_kinds() noexcept {
    std::array<kind, 256> out{};
    for (std::size_t i = 128; i < out.size(); ++i)
        out[i] = kind::high;
    out[0] = kind::nul;
    out['\n'] = out['\r'] = kind::line;
    out['"'] = kind::quote;
    return out;
}
constexpr auto kinds = make_kinds();

kind kind_of(char c) noexcept {
    return kinds[static_cast<unsigned char>(c)];
}

void note(scanned_row& out, row_fault fault, std::size_t column) noexcept {
    if (out.fault != row_fault::none) return;
    out.fault = fault;
    out.column = static_cast<std::uint32_t>(column);
}

/// Most bytes of a cell mean nothing: eight at a time, up to a word with `end`, a line's end or NUL.
void skip_plain(std::string_view text, std::size_t& at, char end, scanned_row& out) noexcept {
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        auto const word = word_at(text.data() + at);
        auto const stops = bytes_equal(word, end) | bytes_equal(word, '\n') |
                           bytes_equal(word, '\r') | zero_bytes(word);
        if (stops != 0) return;
        if ((word & high_bits) != 0) out.has_high = true;
    }
}

}  // namespace

std::uint64_t line_ends_in(std::string_view text) noexcept {
    std::uint64_t out = 0;
    for (std::size_t at = text.find_first_of("\r\n"); at != std::string_view::npos;
         at = text.find_first_of("\r\n", at + 1)) {
        ++out;
        if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') ++at;
    }
    return out;
}

/// What stands at `at`, behind a cell; moved behind it.
row_scan::cell_end row_scan::end_at(std::string_view text, std::size_t& at, bool at_end,
                                    scanned_row& out) const {
    out.body = at;
    if (at == text.size()) {
        out.end = at;
        return at_end ? cell_end::text : cell_end::needs_more;
    }
    if (text[at] == separator_) {
        ++at;
        return cell_end::separator;
    }
    if (text[at] == '\r' && at + 1 == text.size() && !at_end) return cell_end::needs_more;
    at += text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    ++out.lines;
    out.end = at;
    return cell_end::line;
}

row_scan::cell_end row_scan::plain_cell(std::string_view text, std::size_t& at, bool at_end,
                                        scanned_row& out) {
    auto const begin = at;
    for (skip_plain(text, at, separator_, out); at < text.size(); ++at) {
        char const c = text[at];
        if (c == separator_) break;
        auto const k = kind_of(c);
        if (k == kind::other) [[likely]]
            continue;
        if (k == kind::line) break;
        if (k == kind::high) out.has_high = true;
        if (k == kind::nul) note(out, row_fault::nul, cells_.size());
    }
    cells_.push_back(text.substr(begin, at - begin));
    return end_at(text, at, at_end, out);
}

/// `at` is behind its opening quote.
row_scan::cell_end row_scan::quoted_cell(std::string_view text, std::size_t& at, bool at_end,
                                         scanned_row& out) {
    auto const column = cells_.size();
    auto const from_here = unquoted_.size();
    bool is_copied = false;
    auto part = at;
    for (;; ++at) {
        skip_plain(text, at, '"', out);
        if (at == text.size()) {
            out.fault = row_fault::unclosed_quote;
            out.column = static_cast<std::uint32_t>(column);
            out.end = out.body = at;
            return at_end ? cell_end::broken : cell_end::needs_more;
        }
        switch (kind_of(text[at])) {
            case kind::other:
            case kind::separator:
                continue;
            case kind::high:
                out.has_high = true;
                continue;
            case kind::nul:
                note(out, row_fault::nul, column);
                continue;
            case kind::line:
                if (text[at] == '\n' || at + 1 == text.size() || text[at + 1] != '\n') ++out.lines;
                continue;
            case kind::quote:
                break;
        }
        if (at + 1 == text.size() && !at_end) return cell_end::needs_more;
        if (at + 1 == text.size() || text[at + 1] != '"') break;
        // The room is there from the beginning: cells point into it.
        if (!is_copied) {
            unquoted_.reserve(std::max(unquoted_.capacity(), text.size()));
            is_copied = true;
        }
        unquoted_.append(text, part, at + 1 - part);
        part = ++at + 1;
    }
    auto cell = text.substr(part, at - part);
    if (is_copied) {
        unquoted_ += cell;
        cell = std::string_view(unquoted_).substr(from_here);
    }
    cells_.push_back(cell);
    ++at;
    while (at < text.size() && text[at] == ' ')
        ++at;
    bool const ends =
        at == text.size() || text[at] == separator_ || kind_of(text[at]) == kind::line;
    if (ends) return end_at(text, at, at_end, out);
    out.end = out.body = at;
    // A fault of its own goes before a NUL in it: where the row ends is not known.
    out.fault = row_fault::after_quote;
    out.column = static_cast<std::uint32_t>(column);
    return cell_end::broken;
}

scanned_row row_scan::look(std::string_view text, bool at_end) {
    scanned_row out;
    cells_.clear();
    begins_.clear();
    unquoted_.clear();
    std::size_t at = 0;
    for (;;) {
        begins_.push_back(at);
        auto quote = at;
        while (quote < text.size() && text[quote] == ' ')
            ++quote;
        bool const is_quoted = quote < text.size() && text[quote] == '"';
        if (is_quoted) at = quote + 1;
        auto const end =
            is_quoted ? quoted_cell(text, at, at_end, out) : plain_cell(text, at, at_end, out);
        switch (end) {
            case cell_end::separator:
                continue;
            case cell_end::needs_more:
                return out;
            case cell_end::line:
            case cell_end::text:
            case cell_end::broken:
                out.is_whole = true;
                return out;
        }
    }
}

}  // namespace setclick::csv
