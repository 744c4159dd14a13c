#include "setclickd/delivery/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace setclick::delivery {

milliseconds backoff::ceiling(int failures) const noexcept {
    auto const step = std::clamp(failures, 1, 1000) - 1;
    auto const grown =
        static_cast<double>(settings_.base.count()) * std::pow(settings_.factor, step);
    // The comparison comes first: a huge double does not fit into an integer.
    if (!(grown < static_cast<double>(settings_.cap.count()))) return settings_.cap;
    return milliseconds{static_cast<std::int64_t>(grown)};
}

milliseconds backoff::delay(int failures, random_source& random) const noexcept {
    auto const most = ceiling(failures);
    auto const least = std::min(settings_.floor, most);
    auto const spread = static_cast<double>((most - least).count());
    return least + milliseconds{static_cast<std::int64_t>(std::llround(spread * random.next()))};
}

milliseconds backoff::middle(int failures) const noexcept {
    auto const most = ceiling(failures);
    return (std::min(settings_.floor, most) + most) / 2;
}

milliseconds backoff::expected_total(int failures) const noexcept {
    milliseconds total{0};
    for (int i = 1; i <= failures; ++i) {
        // From the cap on every step is the same.
        if (ceiling(i) >= settings_.cap) return total + (failures - i + 1) * middle(i);
        // With a factor of 1 the cap is never reached; the sum is capped by the number of steps
        // that are looked at.
        if (i == 1000) return total + (failures - i + 1) * middle(i);
        total += middle(i);
    }
    return total;
}

}  // namespace setclick::delivery
