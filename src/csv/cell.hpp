// What spreadsheets and web pages put around a cell's value, taken off: blanks, what nobody sees, ="…", a
// leading apostrophe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace setclick::csv {

/// What was taken off that is worth a remark: a set of bits.
enum class taken_off : std::uint8_t { nothing = 0, unseen = 1, formula = 2, apostrophe = 4 };

struct clean_cell {
    std::string_view text;
    std::uint8_t taken = 0;  ///< of taken_off
};

/// `is_plain_text`: free text, in which an apostrophe in front of a letter is the writer's own. `buffer` is used
/// where ="…" holds doubled quotes.
clean_cell cleaned(std::string_view cell, bool is_plain_text, std::string& buffer);

/// "an apostrophe in front was taken off".
std::string_view text_of(taken_off what) noexcept;

/// 64 hexadecimal digits: a SHA-256 hash, as the ad platforms take in the place of an address.
bool is_hash(std::string_view text) noexcept;

}  // namespace setclick::csv
