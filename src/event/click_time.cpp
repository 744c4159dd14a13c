#include "click_time.hpp"

#include <charconv>

#include "setclickd/base/text.hpp"
#include "setclickd/event/iso_time.hpp"
#include "time_forms.hpp"

namespace setclick::event {
namespace {

using namespace std::chrono;

constexpr std::int64_t first_ms = to_ms(sys_days{year{2010} / January / 1});
constexpr std::int64_t end_ms = to_ms(sys_days{year{2101} / January / 1});
/// Smaller numbers are seconds: as milliseconds they would lie before 1973, as seconds this is the
/// year 5138.
constexpr std::int64_t first_as_ms = 100'000'000'000;

bool in_range(std::int64_t ms) noexcept {
    return ms >= first_ms && ms < end_ms;
}

std::int64_t as_ms(std::int64_t number) noexcept {
    return number < first_as_ms && number > -first_as_ms ? number * 1000 : number;
}

std::string out_of_range(std::string_view shown, std::int64_t ms) {
    std::string out = printable(shown, 40) + " ";
    // Beyond the year 9999 a date means nothing.
    constexpr std::int64_t last_date = to_ms(sys_days{year{9999} / December / 31});
    if (ms > -first_ms * 10 && ms <= last_date) out += "(" + wall_text(from_ms(ms)) + ") ";
    out += "lies outside the years 2010 to 2100";
    double value = 0;
    std::from_chars(shown.data(), shown.data() + shown.size(), value);
    if (auto const form = seeming_number(value); !form.empty()) return out + "; it " + form;
    return out + "; milliseconds since 1970 have 13 digits, seconds 10";
}

}  // namespace

std::optional<std::int64_t> click_time_of(decimal const& value) noexcept {
    auto const number = whole(value);
    if (!number || !in_range(as_ms(*number))) return {};
    return as_ms(*number);
}

std::optional<std::int64_t> click_time_of(std::string_view iso) noexcept {
    auto const parsed = parse_iso_time(iso);
    auto const* const time = std::get_if<wall_time>(&parsed);
    if (time == nullptr || !in_range(to_ms(*time))) return {};
    return to_ms(*time);
}

std::optional<std::int64_t> click_time_in(std::optional<std::int64_t> ms) noexcept {
    return ms && in_range(*ms) ? ms : std::nullopt;
}

std::string click_time_problem(decimal const& value, std::string_view source) {
    if (auto const number = whole(value)) return out_of_range(source, as_ms(*number));
    if (auto const ms = ms_of_text(source)) return out_of_range(source, *ms);
    return printable(source, 40) + " lies outside the years 2010 to 2100";
}

std::string click_time_problem(std::string_view iso) {
    if (auto const ms = ms_of_text(iso)) return out_of_range(iso, *ms);
    auto const parsed = parse_iso_time(iso);
    auto const quoted = shown_value(iso, 40) + " ";
    switch (std::get<iso_problem>(parsed)) {
        case iso_problem::no_offset:
            return quoted + "has no offset from UTC; end it with Z or such as +02:00";
        case iso_problem::no_such:
            return quoted + "is a date or time that does not exist";
        case iso_problem::not_iso:
            break;
    }
    if (auto const form = seeming_form(iso); !form.empty())
        return quoted + "is not a time: it " + form;
    return quoted +
           "is not a time; write milliseconds since 1970, or such as \"2021-10-20T05:31:28Z\"";
}

}  // namespace setclick::event
