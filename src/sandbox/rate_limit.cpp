#include "rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace setclick::sandbox {
namespace {

milliseconds whole_ms(double ms) {
    return milliseconds{static_cast<std::int64_t>(std::ceil(std::max(ms, 0.0)))};
}

}  // namespace

rate_limit::rate_limit(double per_minute, int burst) noexcept
    : per_ms_(per_minute / 60'000), burst_(burst > 0 ? burst : std::max(1.0, per_minute)) {}

rate_verdict rate_limit::take(int token, steady_time now) {
    if (!is_on()) return {};
    auto const [it, is_new] = buckets_.try_emplace(token, bucket{burst_, now});
    auto& b = it->second;
    if (!is_new && now > b.filled) {
        auto const waited = std::chrono::duration<double, std::milli>(now - b.filled).count();
        b.calls = std::min(burst_, b.calls + waited * per_ms_);
        b.filled = now;
    }
    rate_verdict verdict;
    // Rounding of many small refills must not refuse the call that is due.
    verdict.granted = b.calls >= 1 - 1e-9;
    if (verdict.granted) b.calls = std::max(0.0, b.calls - 1);
    verdict.remaining = static_cast<int>(b.calls + 1e-9);
    verdict.next = whole_ms((1 - b.calls) / per_ms_);
    verdict.full = whole_ms((burst_ - b.calls) / per_ms_);
    return verdict;
}

}  // namespace setclick::sandbox
