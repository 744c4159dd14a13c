#include "setclickd/base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace setclick {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::int64_t unit_ms(std::string_view name) {
    for (auto const& [unit, ms] : units)
        if (unit == name) return ms;
    return 0;
}

}  // namespace

result<milliseconds> parse_duration(std::string_view text) {
    auto const bad = [&] {
        return fail(
            errc::config,
            fmt::format("\"{}\" is not a duration; write a number with a unit (ms, s, m, h, "
                        "d), such as \"250ms\" or \"7d\"",
                        text));
    };
    if (text.empty()) return bad();
    std::int64_t total = 0;
    for (auto rest = text; !rest.empty();) {
        std::int64_t number = 0;
        auto const [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (ec != std::errc{} || number < 0) return bad();
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        auto const unit = rest.substr(0, rest.find_first_of("0123456789"));
        auto const ms = unit_ms(unit);
        constexpr std::int64_t longest = 100LL * 365 * 86'400'000;
        if (ms == 0 || number > longest / ms) return bad();
        total += number * ms;
        if (total > longest) return bad();
        rest.remove_prefix(unit.size());
    }
    return milliseconds{total};
}

std::string duration_text(milliseconds d) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> words{
        {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};
    auto rest = d.count();
    if (rest <= 0) return "0 s";
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const count = rest / words[i].second;
        if (count == 0) continue;
        out = fmt::format("{} {}", count, words[i].first);
        rest %= words[i].second;
        // Only the next smaller unit, and milliseconds only alone: "2 h 47 min", "2 s",
        // "250 ms".
        if (i + 1 < words.size() && words[i + 1].second > 1) {
            if (auto const next = rest / words[i + 1].second; next > 0)
                out += fmt::format(" {} {}", next, words[i + 1].first);
        }
        return out;
    }
    return out;
}

std::string wall_text(wall_time t, bool with_ms) {
    auto const day = std::chrono::floor<std::chrono::days>(t);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{t - day};
    auto const whole =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    time.hours().count(), time.minutes().count(), time.seconds().count());
    if (!with_ms) return whole + "Z";
    return fmt::format("{}.{:03}Z", whole, time.subseconds().count());
}

}  // namespace setclick
