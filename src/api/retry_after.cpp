#include "retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <variant>

#include "setclickd/base/ascii.hpp"
#include "setclickd/event/http_date.hpp"
#include "setclickd/event/iso_time.hpp"

namespace setclick::api {
namespace {

/// Digits, perhaps with a fraction; more than fit are as good as the largest number.
std::optional<double> plain_number(std::string_view text) noexcept {
    constexpr std::string_view digits = "0123456789";
    auto const whole = std::min(text.find_first_not_of(digits), text.size());
    if (whole == 0) return {};
    if (whole < text.size()) {
        auto const fraction = text.substr(whole);
        if (fraction.size() < 2 || fraction.front() != '.' ||
            fraction.find_first_not_of(digits, 1) != std::string_view::npos)
            return {};
    }
    double value = 0;
    auto const [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    return ec == std::errc{} ? value : std::numeric_limits<double>::max();
}

/// Rounded up: never earlier than asked for.
milliseconds bounded(double seconds) noexcept {
    auto const ms = std::ceil(seconds * 1000);
    return ms < static_cast<double>(longest_wait.count())
               ? milliseconds{static_cast<std::int64_t>(ms)}
               : longest_wait;
}

milliseconds until(wall_time moment, wall_time now) noexcept {
    return std::clamp(moment - now, milliseconds{0}, longest_wait);
}

/// A number as a moment: seconds or milliseconds since 1970. Nothing where it is too small for one
/// (no window is 31 years long), or too large.
std::optional<wall_time> moment_of(double number) noexcept {
    constexpr double first_epoch_s = 1'000'000'000;       // 2001
    constexpr double first_epoch_ms = 1'000'000'000'000;  // the same in milliseconds
    constexpr double no_time = 100'000'000'000'000;       // year 5138: neither
    if (number < first_epoch_s || number >= no_time) return {};
    return from_ms(
        static_cast<std::int64_t>(std::ceil(number < first_epoch_ms ? number * 1000 : number)));
}

std::optional<wall_time> date_of(std::string_view text, wall_time now) {
    if (auto const http = event::parse_http_date(text, now)) return http;
    auto const iso = event::parse_iso_time(text);
    if (auto const* const moment = std::get_if<wall_time>(&iso)) return *moment;
    return {};
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view text, wall_time now) {
    text = trimmed(text);
    if (text.empty()) return {};
    if (auto const date = date_of(text, now)) return until(*date, now);
    std::optional<milliseconds> longest;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        auto const number = plain_number(trimmed(text.substr(0, end)));
        if (!number) return {};
        auto const moment = moment_of(*number);
        longest = std::max(longest.value_or(milliseconds{0}),
                           moment ? until(*moment, now) : bounded(*number));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return longest;
}

std::optional<milliseconds> parse_reset(std::string_view text, wall_time now) {
    text = trimmed(text);
    if (auto const date = date_of(text, now)) return until(*date, now);
    auto const number = plain_number(text);
    if (!number) return {};
    if (auto const moment = moment_of(*number)) return until(*moment, now);
    constexpr double first_moment = 1'000'000'000;
    return *number < first_moment ? std::optional{bounded(*number)} : std::nullopt;
}

}  // namespace setclick::api
