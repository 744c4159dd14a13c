// From the parameters of one set-click request to the row that the report will show, if it shows
// one.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "form.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

enum class click_unit { automatic, ms, s };
enum class row_day { click, delivery };

/// The open questions about the vendor, answered one way or the other.
struct conversion_rules {
    click_unit unit = click_unit::automatic;  ///< automatic: below 10^11 is seconds
    row_day day = row_day::click;
    std::chrono::minutes utc_offset{0};  ///< where the vendor's day begins
    bool label_in_settings = false;      ///< else in lead
    std::string label_name = "label";
};

struct conversion {
    std::string account;
    std::chrono::sys_days day;
    std::optional<std::string> utm_matchtype, utm_campaign, utm_source, utm_medium, utm_term;
    std::optional<std::string> country, country_name, label;
};

/// Nothing unless `lead` or `settings` is a JSON object with a "microconversion" of "1", 1 or true.
/// `country` (two letters) is taken from lead, settings or url_parameters, the first that has one.
std::optional<conversion> read_microconversion(form const& parameters,
                                               conversion_rules const& rules, wall_time now);

/// "lead.label" or "settings.NAME".
bool set_label_field(conversion_rules& rules, std::string_view text);

/// The English name of a few countries, for two letters in either case.
std::optional<std::string> country_name_of(std::string_view code);

}  // namespace setclick::sandbox
