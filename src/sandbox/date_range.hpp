// The report's `date_range`: two days, or one of the vendor's names.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace setclick::sandbox {

/// First and last day, both included.
struct date_range {
    std::chrono::sys_days first;
    std::chrono::sys_days last;

    bool holds(std::chrono::sys_days day) const noexcept { return first <= day && day <= last; }
    friend bool operator==(date_range const&, date_range const&) = default;
};

/// "20250301,20250331" or a name such as "this_month"; nothing for any other text, a day that does
/// not exist or an order turned round. `last_N_days` are the N days that end with `today`.
std::optional<date_range> parse_date_range(std::string_view text, std::chrono::sys_days today);

/// "2025-03-31"
std::string day_text(std::chrono::sys_days day);

}  // namespace setclick::sandbox
