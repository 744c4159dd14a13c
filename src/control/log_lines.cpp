#include "setclickd/control/log_lines.hpp"

#include <boost/json/array.hpp>

#include "setclickd/control/json_fields.hpp"

namespace setclick::control {

namespace json = boost::json;

json::object log_request(std::uint64_t after) {
    return {{"cmd", "log"}, {"after", after}};
}

std::uint64_t lines_wanted_after(json::object const& request) {
    return count_of(json::value(request), "after");
}

json::object lines_message(std::span<telemetry::recent_line const> lines) {
    json::array all;
    for (auto const& line : lines)
        all.push_back({{"no", line.no}, {"level", name_of(line.severity)}, {"text", line.text}});
    return {{"lines", std::move(all)}};
}

std::vector<telemetry::recent_line> lines_from(json::value const& answer) {
    std::vector<telemetry::recent_line> out;
    auto const* const all = member(answer, "lines");
    if (all == nullptr || !all->is_array()) return out;
    for (auto const& line : all->get_array()) {
        auto const no = count_of(line, "no");
        if (no == 0) continue;
        auto const severity = telemetry::level_named(text(line, "level"));
        out.push_back({no, severity.value_or(telemetry::level::info), text(line, "text")});
    }
    return out;
}

}  // namespace setclick::control
