// Amounts of money as people and spreadsheets write them → a number's text, without a rounding.
//
// One convention a file: whether its decimals stand behind a point or a comma is decided from the cells that
// can be read in one way only (`sign_shown`). Pure; never a guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/csv/profile.hpp"

namespace setclick::csv {

enum class amount_fault : std::uint8_t {
    none,
    no_number,   ///< NaN, letters, two signs …
    open,        ///< 1.234: a thousand and more, or one and a bit; and nothing decides it
    other_sign,  ///< 1.234,56 in a file with decimal points
    rounded,     ///< 1.98E+02
    percent,
    spreadsheet_error,
};

struct amount {
    amount_fault fault = amount_fault::none;
    std::string text;  ///< "1234.56", a number by JSON's grammar; where `fault` is none
};

/// `out.text` keeps its memory. `cell` has no white space at its ends and is not empty.
void read_amount(std::string_view cell, decimal_sign sign, amount& out);

/// The sign that this cell can be read with only; `open` where it fits both, or is no amount.
decimal_sign sign_shown(std::string_view cell);

/// "is …", without the value.
std::string problem_text(amount_fault fault, std::string_view cell, decimal_sign sign);

/// The form of an amount without the amount: 1.234,56 → 9.999,99.
std::string masked_form(std::string_view cell);

}  // namespace setclick::csv
