// Cells of a table as they are written: in quotes where they must be.
#pragma once

#include <string>
#include <string_view>

namespace setclick::csv {

/// Appends `text` as one cell that every reader gives back as it is.
void append_cell(std::string& out, std::string_view text, char separator);

/// The same of a text that is ours: on one line, and with an apostrophe in front where a spreadsheet
/// would take it for a formula.
void append_own_cell(std::string& out, std::string_view text, char separator);

/// A row whose quotes are broken, as one cell; its line's end is left out.
void append_broken_row(std::string& out, std::string_view raw);

}  // namespace setclick::csv
