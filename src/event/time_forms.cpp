#include "time_forms.hpp"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <locale>
#include <sstream>
#include <variant>

#include "setclickd/base/ascii.hpp"
#include "setclickd/event/http_date.hpp"
#include "setclickd/event/invisible.hpp"
#include "setclickd/event/iso_time.hpp"

namespace setclick::event {
namespace {

/// Digits with perhaps a fraction; milliseconds from 10^11 on, else seconds. What is below a
/// millisecond is cut off.
std::optional<std::int64_t> ms_of_number(std::string_view text) {
    if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return {};
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
    auto const point = std::min(text.find('.'), text.size());
    constexpr std::size_t most_digits = 15;
    std::int64_t whole = 0;
    if (point > most_digits ||
        std::from_chars(text.data(), text.data() + point, whole).ptr != text.data() + point)
        return {};
    constexpr std::int64_t first_as_ms = 100'000'000'000;
    auto fraction = text.substr(std::min(text.size(), point + 1));
    if (fraction.find('.') != std::string_view::npos) return {};
    if (whole >= first_as_ms) return whole;
    whole *= 1000;
    for (int weight = 100; weight > 0 && !fraction.empty(); weight /= 10) {
        whole += (fraction.front() - '0') * weight;
        fraction.remove_prefix(1);
    }
    return whole;
}

std::optional<std::int64_t> ms_of_iso(std::string_view text) {
    auto const parsed = parse_iso_time(text);
    auto const* const time = std::get_if<wall_time>(&parsed);
    return time == nullptr ? std::nullopt : std::optional{to_ms(*time)};
}

/// ISO 8601 whose offset stands behind a blank, or is called UTC or GMT, or has a zone's name behind
/// it.
std::optional<std::int64_t> ms_of_iso_relative(std::string_view text) {
    if (text.size() < 10 || !is_digit(text.front())) return {};
    std::string plain(text);
    if (plain.back() == ']')
        if (auto const open = plain.rfind('['); open != std::string::npos) plain.resize(open);
    // "… +0200 CEST": the name says less than the offset before it.
    if (auto const blank = plain.rfind(' ');
        blank != std::string::npos && blank > 0 && is_digit(plain[blank - 1]) &&
        std::all_of(plain.begin() + static_cast<std::ptrdiff_t>(blank) + 1, plain.end(),
                    is_letter)) {
        auto const name = std::string_view(plain).substr(blank + 1);
        auto const sign = plain.find_last_of("+-", blank);
        bool const has_offset = sign != std::string::npos && sign > 10 && blank - sign <= 6;
        if (name == "UTC" || name == "GMT" || name == "Z")
            plain.replace(blank, std::string::npos, has_offset ? "" : "Z");
        else if (has_offset)
            plain.resize(blank);
    } else if (plain.ends_with("UTC") || plain.ends_with("GMT")) {
        plain.replace(plain.size() - 3, 3, "Z");
    }
    if (auto const sign = plain.find_last_of("+-"); sign != std::string::npos && sign > 10) {
        auto from = sign;
        for (auto const name : {std::string_view("UTC"), std::string_view("GMT")})
            if (from >= 3 && std::string_view(plain).substr(from - 3, 3) == name) from -= 3;
        while (from > 0 && plain[from - 1] == ' ')
            --from;
        plain.erase(from, sign - from);
    }
    return ms_of_iso(plain);
}

/// "/Date(1634707888000)/", its offset being for show only.
std::optional<std::int64_t> ms_of_dotnet(std::string_view text) {
    constexpr std::string_view begin = "/Date(";
    constexpr std::string_view end = ")/";
    if (!text.starts_with(begin) || !text.ends_with(end) || text.size() < 9) return {};
    text = text.substr(begin.size(), text.size() - begin.size() - end.size());
    std::int64_t ms = 0;
    auto const [at, ec] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (ec != std::errc{}) return {};
    auto const offset = text.substr(static_cast<std::size_t>(at - text.data()));
    bool const clean =
        offset.empty() || ((offset.front() == '+' || offset.front() == '-') && offset.size() == 5 &&
                           std::all_of(offset.begin() + 1, offset.end(), is_digit));
    return clean ? std::optional{ms} : std::nullopt;
}

/// JavaScript's own, the name of its zone in brackets behind it.
std::optional<std::int64_t> ms_of_javascript(std::string_view text) {
    if (auto const open = text.find(" ("); open != std::string_view::npos && text.back() == ')')
        text = text.substr(0, open);
    std::istringstream in{std::string(text)};
    in.imbue(std::locale::classic());
    date::sys_seconds read;
    in >> date::parse("%a %b %d %Y %H:%M:%S GMT%z", read);
    if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return {};
    return to_ms(wall_time{read});
}

/// Enough for the years with two digits, which mail no longer writes.
constexpr wall_time some_time = from_ms(1'700'000'000'000);

bool looks_like(std::string_view text, std::string_view pattern) noexcept {
    if (text.size() < pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (pattern[i] == '9' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
    return true;
}

}  // namespace

std::optional<std::int64_t> ms_of_text(std::string_view text) {
    text = without_invisible_ends(text);
    if (text.empty()) return {};
    if (auto const ms = ms_of_number(text)) return ms;
    if (auto const ms = ms_of_iso(text)) return ms;
    if (auto const ms = ms_of_iso_relative(text)) return ms;
    if (auto const ms = ms_of_dotnet(text)) return ms;
    // Without a zone (the third form of HTTP) it is UTC in HTTP only, not in an export.
    bool const has_zone = text.find(',') != std::string_view::npos;
    if (auto const time = has_zone ? parse_http_date(text, some_time) : std::nullopt)
        return to_ms(*time);
    return ms_of_javascript(text);
}

std::optional<std::int64_t> ms_of_object(std::string_view compact) {
    auto const inside = [&](std::string_view begin, std::string_view end) {
        return compact.starts_with(begin) && compact.ends_with(end) &&
                       compact.size() >= begin.size() + end.size()
                   ? compact.substr(begin.size(), compact.size() - begin.size() - end.size())
                   : std::string_view{};
    };
    if (auto const long_value = inside(R"({"$date":{"$numberLong":")", R"("}})");
        !long_value.empty())
        return ms_of_number(long_value);
    if (auto const long_value = inside(R"({"$numberLong":")", R"("})"); !long_value.empty())
        return ms_of_number(long_value);
    if (auto const text = inside(R"({"$date":")", R"("})"); !text.empty()) return ms_of_text(text);
    if (auto const number = inside(R"({"$date":)", "}"); !number.empty())
        return ms_of_number(number);
    return {};
}

std::string seeming_form(std::string_view text) {
    text = without_invisible_ends(text);
    constexpr std::string_view instead = "; write such as \"2021-10-20T05:31:28Z\"";
    if (looks_like(text, "9999-99-99") && text.size() == 10)
        return "is a day without a time" + std::string(instead);
    for (auto const pattern : {"99/99/9999", "9/9/9999", "99/9/9999", "9/99/9999", "99.99.9999",
                               "9.9.9999", "99-99-9999", "99/99/99"})
        if (looks_like(text, pattern))
            return "has its day and month in an order that can be read in two ways" +
                   std::string(instead);
    bool const number =
        !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
    double value = 0;
    if (number && std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{})
        return seeming_number(value);
    bool const clock =
        text.size() >= 4 && is_digit(text.front()) && text.find(':') != std::string_view::npos;
    if (clock && text.find_first_of("-/.") == std::string_view::npos)
        return "is a time without a day" + std::string(instead);
    if (clock && is_letter(text.back()) && text.back() != 'Z')
        return "ends in a zone's name, which has no one meaning; end it with Z or such as +02:00";
    return {};
}

std::string seeming_number(double value) {
    constexpr double year_2010_us = 1.2623e15;
    constexpr double year_2101_us = 4.134e15;
    if (value >= year_2010_us && value < year_2101_us)
        return "seems to be microseconds; divide by 1,000: milliseconds since 1970 have 13 digits";
    if (value >= year_2010_us * 1000 && value < year_2101_us * 1000)
        return "seems to be nanoseconds; divide by 1,000,000: milliseconds since 1970 have 13 "
               "digits";
    constexpr double day_2010 = 40'179;
    constexpr double day_2101 = 73'416;
    if (value >= day_2010 && value < day_2101)
        return "seems to be a spreadsheet's number of days since 1900; write such as "
               "\"2021-10-20T05:31:28Z\"";
    return {};
}

}  // namespace setclick::event
