#include "setclickd/delivery/forecast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "setclickd/base/text.hpp"

namespace setclick::delivery {
namespace {

constexpr double forget_s = 30;

double seconds_between(steady_time from, steady_time to) noexcept {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

// At most three digits that matter: "60", "0.5", "33.3", "1,200".
std::string number(double value) {
    if (value >= 100 && value < 1e15)
        return grouped(static_cast<std::uint64_t>(std::llround(value)));
    std::array<char, 32> buffer{};
    auto const n = std::snprintf(buffer.data(), buffer.size(), "%.3g", value);
    return {buffer.data(), static_cast<std::size_t>(n)};
}

}  // namespace

std::optional<milliseconds> drain_eta(std::uint64_t waiting, double per_minute,
                                      double measured_per_minute) {
    if (waiting == 0) return 0ms;
    auto rate = per_minute > 0 && std::isfinite(per_minute) ? per_minute : 0.0;
    // Measured counts only where nothing limits: an idle account measures little without being
    // slow.
    if (rate == 0) rate = measured_per_minute;
    if (!(rate > 0)) return std::nullopt;
    constexpr double longest = 100.0 * 365 * 86'400'000;
    auto const ms = std::min(longest, std::ceil(static_cast<double>(waiting) / rate * 60'000));
    return milliseconds{static_cast<std::int64_t>(ms)};
}

std::string about_text(milliseconds duration) {
    using std::chrono::round;
    if (duration < std::chrono::minutes{2})
        return duration_text(std::max<milliseconds>(1s, round<seconds>(duration)));
    if (duration < std::chrono::hours{24})
        return duration_text(round<std::chrono::minutes>(duration));
    return duration_text(round<std::chrono::hours>(duration));
}

std::string drain_text(std::uint64_t waiting, double per_minute, double measured_per_minute) {
    if (waiting == 0) return "nothing waits";
    auto out = grouped(waiting) + (waiting == 1 ? " event" : " events");
    auto const eta = drain_eta(waiting, per_minute, measured_per_minute);
    if (!eta) return out + ": no forecast yet";
    auto const limited = per_minute > 0 && std::isfinite(per_minute);
    return out + " at " + rate_text(limited ? per_minute : measured_per_minute) + ": about " +
           about_text(*eta);
}

std::string rate_text(double per_minute) {
    if (!(per_minute > 0) || !std::isfinite(per_minute)) return "unlimited";
    if (per_minute >= 0.1) return number(per_minute) + " a minute";
    if (per_minute * 60 >= 0.1) return number(per_minute * 60) + " an hour";
    return number(per_minute * 1440) + " a day";
}

void throughput::add(steady_time now, std::uint64_t delivered) noexcept {
    if (first_ == steady_time::min() || now - last_ > std::chrono::minutes{10}) {
        first_ = now;
        sum_ = 0;
    } else {
        sum_ *= std::exp(-seconds_between(last_, now) / forget_s);
    }
    sum_ += static_cast<double>(delivered);
    last_ = now;
}

double throughput::per_minute(steady_time now) const noexcept {
    if (first_ == steady_time::min() || now - last_ > std::chrono::minutes{10}) return 0;
    auto const span = seconds_between(first_, now);
    if (span < 1) return 0;
    // The weight of the time looked back on: all of it at first, the time constant later.
    auto const weight = forget_s * (1 - std::exp(-span / forget_s));
    return sum_ * std::exp(-seconds_between(last_, now) / forget_s) / weight * 60;
}

}  // namespace setclick::delivery
