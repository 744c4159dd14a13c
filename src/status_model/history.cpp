#include "history.hpp"

#include <algorithm>

namespace setclick::status_model {
namespace {

constexpr std::int64_t quarter = 900;
constexpr std::int64_t hour = 3600;
constexpr std::uint32_t quarters_of_a_day = 96;
/// 30 whole days of any time zone, and today.
constexpr std::uint32_t hours_of_a_month = 31 * 24;

std::int64_t floor_to(std::int64_t value, std::int64_t width) {
    auto const rest = value % width;
    return value - (rest < 0 ? rest + width : rest);
}

/// The last slot is the one in which `now` lies.
history_plot plot_until(std::int64_t now, std::int64_t width, std::uint32_t slots) {
    history_plot out;
    out.slot = seconds{width};
    out.slots = slots;
    out.from = floor_to(now, width) - (static_cast<std::int64_t>(slots) - 1) * width;
    return out;
}

void add(history_plot& to, std::int64_t begin, ledger::history_counts const& counts) {
    if (begin < to.from) return;
    auto const index = (begin - to.from) / to.slot.count();
    if (index >= to.slots) return;
    auto const at = static_cast<std::uint32_t>(index);
    if (to.rows.empty() || to.rows.back().first != at)
        to.rows.emplace_back(at, counts);
    else
        to.rows.back().second += counts;
}

}  // namespace

history_report history_of(std::vector<ledger::history_slot> const& slots, wall_time now) {
    auto const now_s = std::chrono::floor<seconds>(now.time_since_epoch()).count();
    history_report out;
    out.day = plot_until(now_s, quarter, quarters_of_a_day);
    out.month = plot_until(now_s, hour, hours_of_a_month);
    auto const current = floor_to(now_s, quarter) / quarter;
    for (auto const& slot : slots) {
        if (slot.number > current) {
            out.later += slot.counts;
            continue;
        }
        if (slot.number < 0) continue;  // of a clock that was before 1970
        auto const begin = slot.number * quarter;
        if (out.since == wall_time{} && begin > 0) out.since = from_ms(begin * 1000);
        add(out.day, begin, slot.counts);
        add(out.month, begin, slot.counts);
    }
    return out;
}

}  // namespace setclick::status_model
