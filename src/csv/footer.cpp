#include "footer.hpp"

#include <algorithm>
#include <array>

#include "setclickd/base/ascii.hpp"

namespace setclick::csv {
namespace {

bool is_blank(std::string_view cell) noexcept {
    // As nearly every cell that holds something.
    if (!cell.empty() && cell.front() > ' ') return false;
    return cell.find_first_not_of(white_space) == std::string_view::npos;
}

/// In any case of ASCII letters, and as a word of its own.
bool begins_with_word(std::string_view text, std::string_view word) noexcept {
    if (!starts_with_ignoring_case(text, word)) return false;
    if (text.size() == word.size()) return true;
    char const next = text[word.size()];
    return !is_letter(next) && !is_digit(next) && next != '_' && next != '-' && next != '@' &&
           next != '.' && static_cast<unsigned char>(next) < 0x80;
}

template <std::size_t N>
bool begins_with_any(std::string_view text, std::array<std::string_view, N> const& words) noexcept {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return begins_with_word(text, word); });
}

/// "--": what reports put where there is no value, a total's row included.
bool is_dash(std::string_view cell) noexcept {
    auto const first = cell.find_first_not_of(white_space);
    return first != std::string_view::npos &&
           cell.find_first_not_of("- \t\r\n", first) == std::string_view::npos;
}

}  // namespace

bool is_total_word(std::string_view cell) noexcept {
    constexpr std::array<std::string_view, 16> words{
        "total", "totals", "grand total", "grand totals", "subtotal", "sub-total",
        "sum",   "summe",  "gesamt",      "somme",        "totale",   "totales",
        "suma",  "totaal", "итого",       "totaux"};
    auto const first = cell.find_first_not_of(white_space);
    return first != std::string_view::npos && begins_with_any(cell.substr(first), words);
}

bool is_like_footer(std::span<std::string_view const> cells, std::size_t columns,
                    bool is_behind_gap) noexcept {
    constexpr std::array<std::string_view, 7> words{
        "copyright", "confidential", "generated", "exported", "report", "filtered", "(c)"};
    auto const filled = static_cast<std::size_t>(
        std::count_if(cells.begin(), cells.end(), [](auto c) { return !is_blank(c); }));
    auto const dashes =
        static_cast<std::size_t>(std::count_if(cells.begin(), cells.end(), is_dash));
    if (columns < 2 || filled == 0 || filled - dashes == columns) return false;
    auto first = *std::find_if_not(cells.begin(), cells.end(), is_blank);
    first.remove_prefix(first.find_first_not_of(white_space));
    if (is_total_word(first)) return true;
    if (filled > 1 || is_blank(cells.front())) return false;
    // 0x1A alone: the end of a file to programs of DOS.
    return is_behind_gap || first.front() == '#' || first.front() == '\x1A' ||
           begins_with_any(first, words);
}

}  // namespace setclick::csv
