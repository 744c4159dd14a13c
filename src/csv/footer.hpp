// Rows behind a table that are none of its own: totals, the name of the report, a copyright.
#pragma once

#include <span>
#include <string_view>

namespace setclick::csv {

/// "Total", "Grand total: 6", "Summe", …
bool is_total_word(std::string_view cell) noexcept;

/// `columns`: of the table. `is_behind_gap`: an empty row or a footer stands before it. Only what stands
/// at a file's end is one.
bool is_like_footer(std::span<std::string_view const> cells, std::size_t columns,
                    bool is_behind_gap) noexcept;

}  // namespace setclick::csv
