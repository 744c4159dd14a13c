// ISO 8601 date and time → milliseconds since 1970.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "setclickd/base/time.hpp"

namespace setclick::event {

enum class iso_problem : std::uint8_t {
    not_iso,    ///< does not look like a date and time at all
    no_offset,  ///< no Z, +02:00 … at its end
    no_such,    ///< a date or time that does not exist, such as 2023-02-29 or 25:00
};

/// "2021-10-20T05:31:28Z", "2021-10-20 07:31:28.123456+02:00", "20211020T053128+0000"; seconds may
/// be missing, digits after the milliseconds are cut off. Years 0001 to 9999.
std::variant<wall_time, iso_problem> parse_iso_time(std::string_view text) noexcept;

/// The same, where a missing offset means UTC.
std::variant<wall_time, iso_problem> parse_iso_time_utc(std::string_view text) noexcept;

}  // namespace setclick::event
