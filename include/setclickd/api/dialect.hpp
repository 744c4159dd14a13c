// Every open question about the vendor's request, answered in one place ([dialect] in the
// configuration).
#pragma once

#include <cstdint>
#include <string>

#include "setclickd/event/event.hpp"

namespace setclick::api {

enum class time_unit : std::uint8_t { ms, s };
enum class url_style : std::uint8_t { json, plain };

struct dialect {
    time_unit click_time_unit = time_unit::ms;  ///< s: milliseconds are cut off
    url_style url = url_style::json;  ///< json: with the quotes that the vendor's examples send
    event::lead_mode lead = event::lead_mode::lead;
    std::string label = "lead.label";         ///< where an event carries its label (label.hpp)
    std::string referrer_field = "referrer";  ///< "referrer_url" in the vendor's oldest page
};

}  // namespace setclick::api
