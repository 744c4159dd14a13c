// The members that an event may have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace setclick::event {

enum class field : std::uint8_t {
    account_id,
    url_parameters,
    click_time,
    settings,
    referrer,
    current_url,
    event_id,
    microconversion,
    lead,
    unknown,
};
inline constexpr std::size_t field_count = 9;

inline constexpr std::array<std::string_view, field_count> field_names{
    "account_id",  "url_parameters", "click_time",      "settings", "referrer",
    "current_url", "event_id",       "microconversion", "lead"};

inline field field_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < field_count; ++i)
        if (field_names[i] == name) return static_cast<field>(i);
    return field::unknown;
}

constexpr std::string_view name_of(field f) noexcept {
    return f == field::unknown ? std::string_view{} : field_names[static_cast<std::size_t>(f)];
}

enum class json_kind : std::uint8_t { none, object, array, string, number, boolean, null };

constexpr std::string_view name_of(json_kind kind) noexcept {
    switch (kind) {
        case json_kind::none:
            return "nothing";
        case json_kind::object:
            return "an object";
        case json_kind::array:
            return "an array";
        case json_kind::string:
            return "a string";
        case json_kind::number:
            return "a number";
        case json_kind::boolean:
            return "true or false";
        case json_kind::null:
            return "null";
    }
    return "nothing";
}

}  // namespace setclick::event
