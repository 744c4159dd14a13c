// Cells of a table as they are written: in quotes where they must be.
#pragma once

#include <string>
#include <string_view>

namespace setclick::csv {

/// Appends `text` as one cell that every reader gives back as it is.
void append_cell(std::string& out, std::string_view text, char separator);

/// Spreadsheets take it for a formula; full width signs too, in some countries.
bool looks_like_formula(std::string_view text) noexcept;

/// The same of a text that is ours: on one line, and with an apostrophe in front where a spreadsheet
/// would take it for a formula.
void append_own_cell(std::string& out, std::string_view text, char separator);

}  // namespace setclick::csv
