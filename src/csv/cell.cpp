#include "cell.hpp"

#include <algorithm>

#include "setclickd/event/invisible.hpp"

namespace setclick::csv {
namespace {

bool is_common_end(char c) noexcept {
    return c > ' ' && c < '\x7f' && c != '\'' && c != '=';
}

std::string_view without_blanks(std::string_view text) noexcept {
    auto const is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

constexpr std::uint8_t bit(taken_off what) noexcept {
    return static_cast<std::uint8_t>(what);
}

}  // namespace

clean_cell cleaned(std::string_view cell, bool is_plain_text, std::string& buffer) {
    if (cell.empty() || (is_common_end(cell.front()) && is_common_end(cell.back())))
        return {cell, 0};
    clean_cell out{without_blanks(cell), 0};
    auto const strip = [&] {
        auto const seen = event::without_invisible_ends(out.text);
        if (seen.size() == out.text.size()) return;
        out.text = seen;
        out.taken |= bit(taken_off::unseen);
    };
    strip();
    if (out.text.size() >= 3 && out.text.starts_with("=\"") && out.text.ends_with('"')) {
        auto const inside = out.text.substr(2, out.text.size() - 3);
        if (inside.find('"') == std::string_view::npos) {
            out.text = inside;
        } else {
            buffer.clear();
            for (std::size_t i = 0; i < inside.size(); ++i) {
                buffer += inside[i];
                if (inside[i] == '"' && i + 1 < inside.size() && inside[i + 1] == '"') ++i;
            }
            out.text = buffer;
        }
        out.taken |= bit(taken_off::formula);
        strip();
    }
    if (out.text.size() >= 2 && out.text.front() == '\'') {
        // 'Twas is a word; '0034 and '=1+1 are a spreadsheet's way to keep a text.
        bool const protects =
            out.text.find_first_of("=+-@0123456789") == 1 || out.text.back() != '\'';
        bool const is_word = is_plain_text && out.text.find_first_of("=+-@0123456789") != 1;
        if (protects && !is_word) {
            out.text.remove_prefix(1);
            out.taken |= bit(taken_off::apostrophe);
            strip();
        }
    }
    return out;
}

std::string_view text_of(taken_off what) noexcept {
    switch (what) {
        case taken_off::nothing:
            break;
        case taken_off::unseen:
            return "has characters at its ends that nobody sees; they were taken off";
        case taken_off::formula:
            return "was written as a formula (=\"…\"); its text was taken";
        case taken_off::apostrophe:
            return "had an apostrophe in front, as spreadsheets mark a text; it was taken off";
    }
    return {};
}

bool is_hash(std::string_view text) noexcept {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

}  // namespace setclick::csv
