#include "setclickd/telemetry/log_limiter.hpp"

#include <utility>

namespace setclick::telemetry {

milliseconds log_limiter::lasted(steady_time now) const {
    return began_ ? std::chrono::duration_cast<milliseconds>(now - *began_) : milliseconds{0};
}

std::optional<log_limiter::notice> log_limiter::trouble(steady_time now) {
    ++total_;
    ++unreported_;
    if (began_) return tick(now);
    began_ = now;
    last_reported_ = now;
    unreported_ = 0;
    return notice{kind::begins, 1, milliseconds{0}};
}

std::optional<log_limiter::notice> log_limiter::tick(steady_time now) {
    if (!began_ || now - last_reported_ < every_) return std::nullopt;
    last_reported_ = now;
    return notice{kind::lasts, std::exchange(unreported_, 0), lasted(now)};
}

std::optional<log_limiter::notice> log_limiter::ended(steady_time now) {
    if (!began_) return std::nullopt;
    notice const last{kind::ended, std::exchange(total_, 0), lasted(now)};
    began_.reset();
    unreported_ = 0;
    return last;
}

}  // namespace setclick::telemetry
