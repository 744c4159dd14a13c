// Rows of a report as text, page by page: every piece that is written ends with a whole line.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/report.hpp"
#include "setclickd/reconcile/counts.hpp"

namespace setclick::cli {

enum class report_format : std::uint8_t { table, csv, ndjson, json };
std::span<std::string_view const> report_format_names() noexcept;
/// `errc::usage` with the nearest name.
result<report_format> report_format_named(std::string_view name);

class report_output {
public:
    explicit report_output(report_format format) : format_(format) {}

    /// What stands before the first row.
    std::string head() const;
    std::string rows(std::vector<api::report_row> const& rows);
    /// What closes it; not after an interruption.
    std::string foot() const;

private:
    report_format format_;
    bool is_first_ = true;
};

/// All counts at once.
std::string counts_text(reconcile::row_counts const& counts, report_format format);
/// As bars, for a terminal of this width.
std::string plot_text(reconcile::row_counts const& counts, std::size_t width);

}  // namespace setclick::cli
