// How many rows of a report have the same day, label, source …; and the same as bars for a
// terminal.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/report.hpp"

namespace setclick::reconcile {

enum class column : std::uint8_t { day, label, source, medium, campaign };
std::string_view name_of(column c) noexcept;
std::span<std::string_view const> column_names() noexcept;

/// "day,label" → columns; `errc::usage` with the nearest name for an unknown or repeated one.
result<std::vector<column>> columns_from(std::string_view text);

class row_counts {
public:
    explicit row_counts(std::vector<column> by) : by_(std::move(by)) {}

    void add(api::report_row const& row);

    std::vector<column> const& by() const noexcept { return by_; }
    /// In the order of their values.
    std::map<std::vector<std::string>, std::uint64_t> const& all() const noexcept {
        return counts_;
    }

private:
    std::vector<column> by_;
    std::map<std::vector<std::string>, std::uint64_t> counts_;
};

struct bar {
    std::string name;
    std::uint64_t count = 0;
};

/// One line a bar: name, bar, count; none wider than `width` cells where names are ASCII. The
/// longest bar is the largest count; one that counts anything is at least an eighth of a cell.
std::vector<std::string> plotted(std::vector<bar> const& bars, std::size_t width);

}  // namespace setclick::reconcile
