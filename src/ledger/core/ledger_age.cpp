#include "ledger_age.hpp"

#include <algorithm>
#include <utility>

namespace setclick::ledger {
namespace {

/// The daemon was down for longer: nobody knows whether the clock or the calendar moved.
constexpr std::int64_t longest_downtime_ms = 7 * day_ms;

}  // namespace

void ledger_age::grow(meta_rows& meta, wall_time now, milliseconds elapsed) {
    auto const seen_at = meta.number("age_seen_at");
    auto grown = elapsed.count();
    if (grown == 0 && !seen_) {
        auto const downtime = to_ms(now) - seen_at;
        if (seen_at != 0 && downtime > 0 && downtime <= longest_downtime_ms) grown = downtime;
    }
    age_ms_ += std::max<std::int64_t>(grown, 0);
    bool const first = !std::exchange(seen_, true);
    // Each node measures the same time: who is ahead is right.
    auto const stored = meta.number("age_ms");
    age_ms_ = std::max(age_ms_, stored);
    // Once a minute is exact enough for days.
    if (!first && age_ms_ - stored < 60'000) return;
    meta.set("age_ms", age_ms_);
    meta.set("age_seen_at", to_ms(now));
}

}  // namespace setclick::ledger
