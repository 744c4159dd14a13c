#include "microconversion.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <utility>

#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

namespace json = boost::json;

json::object object_of(std::optional<std::string_view> text) {
    if (!text || text->empty()) return {};
    boost::system::error_code ec;
    auto const value = json::parse(*text, ec);
    return !ec && value.is_object() ? value.get_object() : json::object{};
}

bool has_flag(json::object const& object) {
    auto const* flag = object.if_contains("microconversion");
    if (flag == nullptr) return false;
    if (flag->is_string()) return flag->get_string() == "1";
    if (flag->is_bool()) return flag->get_bool();
    return flag->is_int64() && flag->get_int64() == 1;
}

std::optional<std::string> member(json::object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (value->is_string()) return std::string(value->get_string());
    return json::serialize(*value);
}

std::chrono::sys_days click_day(std::string_view text, conversion_rules const& rules,
                                wall_time now) {
    std::int64_t time = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), time);
    constexpr std::int64_t most_ms = 253'402'300'799'999;  // the end of 9999
    constexpr std::int64_t first_ms = 100'000'000'000;     // below: seconds, until the year 5138
    auto const is_seconds =
        rules.unit == click_unit::s || (rules.unit == click_unit::automatic && time < first_ms);
    auto const limit = is_seconds ? most_ms / 1000 : most_ms;
    if (ec != std::errc{} || end != text.data() + text.size() || time < 0 || time > limit)
        return std::chrono::floor<std::chrono::days>(now + rules.utc_offset);
    return std::chrono::floor<std::chrono::days>(from_ms(is_seconds ? time * 1000 : time) +
                                                 rules.utc_offset);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> countries{{
    {"es", "Spain"},
    {"fr", "France"},
    {"de", "Germany"},
    {"it", "Italy"},
    {"pt", "Portugal"},
    {"gb", "United Kingdom"},
    {"us", "United States"},
    {"nl", "Netherlands"},
    {"be", "Belgium"},
    {"ch", "Switzerland"},
    {"at", "Austria"},
    {"ie", "Ireland"},
    {"mx", "Mexico"},
    {"ar", "Argentina"},
    {"br", "Brazil"},
    {"pl", "Poland"},
}};

}  // namespace

std::optional<conversion> read_microconversion(form const& parameters,
                                               conversion_rules const& rules, wall_time now) {
    // Most events have no such flag: look before parsing.
    auto const mentions = [&](std::string_view name) {
        auto const value = parameters.find(name);
        return value && value->find("microconversion") != std::string_view::npos;
    };
    if (!mentions("lead") && !mentions("settings")) return std::nullopt;
    auto const lead = object_of(parameters.find("lead"));
    auto const settings = object_of(parameters.find("settings"));
    if (!has_flag(lead) && !has_flag(settings)) return std::nullopt;

    auto const url = object_of(parameters.find("url_parameters"));
    conversion row;
    row.account = parameters.find("account_id").value_or("");
    row.day = rules.day == row_day::delivery
                  ? std::chrono::floor<std::chrono::days>(now + rules.utc_offset)
                  : click_day(parameters.find("click_time").value_or(""), rules, now);
    row.utm_matchtype = member(url, "utm_matchtype");
    row.utm_campaign = member(url, "utm_campaign");
    row.utm_source = member(url, "utm_source");
    row.utm_medium = member(url, "utm_medium");
    row.utm_term = member(url, "utm_term");
    row.label = member(rules.label_in_settings ? settings : lead, rules.label_name);
    for (auto const* object : {&lead, &settings, &url})
        if (!row.country) row.country = member(*object, "country");
    if (row.country) row.country_name = country_name_of(*row.country);
    return row;
}

bool set_label_field(conversion_rules& rules, std::string_view text) {
    auto const dot = text.find('.');
    auto const holder = text.substr(0, dot);
    if (dot == std::string_view::npos || dot + 1 == text.size()) return false;
    if (holder != "lead" && holder != "settings") return false;
    rules.label_in_settings = holder == "settings";
    rules.label_name = text.substr(dot + 1);
    return true;
}

std::optional<std::string> country_name_of(std::string_view code) {
    for (auto const& [known, name] : countries)
        if (equals_ignoring_case(known, code)) return std::string(name);
    return std::nullopt;
}

}  // namespace setclick::sandbox
