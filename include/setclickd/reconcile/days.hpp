// Days and ranges of days, as the vendor writes them and as people do.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::reconcile {

using day = std::chrono::sys_days;

/// First and last day, both included.
struct day_range {
    day first{};
    day last{};

    bool holds(day d) const noexcept { return first <= d && d <= last; }
    /// So many days further on each side.
    day_range widened(int days) const noexcept {
        return {first - std::chrono::days{days}, last + std::chrono::days{days}};
    }
    friend bool operator==(day_range const&, day_range const&) = default;
};

/// The days that a range means on the day `today`: everything that api::date_range accepts. The
/// vendor's `last_7_days` are taken as the seven days that end with today.
result<day_range> days_of(std::string_view date_range, day today);

/// "20250301,20250331", as a query wants it.
std::string query_text(day_range const& range);
/// "2025-03-31"
std::string day_text(day d);
/// The opposite; nothing for any other text and for days that do not exist.
std::optional<day> day_from(std::string_view text) noexcept;

}  // namespace setclick::reconcile
