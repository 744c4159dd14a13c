#include <algorithm>
#include <charconv>

#include "report.hpp"

namespace setclick::sandbox {
namespace {

constexpr std::int64_t documented_limit = 100;

/// Leaves `value` alone when the parameter is absent; false when it is no number from `lowest` on.
bool read_count(form const& query, std::string_view name, std::int64_t lowest,
                std::int64_t& value) {
    auto const text = query.find(name);
    if (!text || text->empty()) return true;
    auto const [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
    return ec == std::errc{} && end == text->data() + text->size() && value >= lowest;
}

}  // namespace

std::variant<report_query, answer> parse_report_query(form const& query,
                                                      std::chrono::sys_days today) {
    for (auto const name : {"account_id", "date_range"})
        if (auto const value = query.find(name); !value || value->empty())
            return missing_parameter(name);
    auto const days = parse_date_range(*query.find("date_range"), today);
    if (!days) return error_answer(400, "Invalid parameter: date_range");
    report_query out;
    out.account = *query.find("account_id");
    out.days = *days;
    out.country = query.find("country").value_or("");
    if (!read_count(query, "skip", 0, out.skip))
        return error_answer(400, "Invalid parameter: skip");
    if (!read_count(query, "limit", 1, out.limit))
        return error_answer(400, "Invalid parameter: limit");
    // The recorded vendor answers limit=1000 with 100 rows, not with an error.
    out.limit = std::min(out.limit, documented_limit);
    return out;
}

}  // namespace setclick::sandbox
