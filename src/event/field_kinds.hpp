// Which kind of JSON value each field of an event takes, and how a name may appear in a message.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "fields.hpp"

namespace setclick::event {

inline constexpr std::array<json_kind, field_count> wanted_kinds{
    json_kind::string, json_kind::object, json_kind::number,  json_kind::object, json_kind::string,
    json_kind::string, json_kind::string, json_kind::boolean, json_kind::object};

/// `f` is not `unknown`.
constexpr bool fits(field f, json_kind kind) noexcept {
    return kind == wanted_kinds[static_cast<std::size_t>(f)] ||
           (f == field::click_time && (kind == json_kind::string || kind == json_kind::object));
}

/// `f` takes an object.
constexpr bool wants_map(field f) noexcept {
    return f != field::unknown && wanted_kinds[static_cast<std::size_t>(f)] == json_kind::object;
}

/// What ConvertTo-Json writes for what lies deeper than its -Depth: "@{name=value}", or a type's
/// name.
bool is_cut_off_by_powershell(std::string_view text) noexcept;

/// "must be an object, is a string; write the object itself, not its JSON as text".
std::string wrong_kind(field f, json_kind kind);

/// The kind of a value that should have been another one: "a boolean", "an array".
std::string_view found_kind(json_kind kind) noexcept;

/// A name as it may appear in a message: names are not values, but one that looks like an e-mail
/// address is personal, and is shown by its position (from 1, 0 = unknown).
std::string shown_name(std::string_view name, std::size_t position);

}  // namespace setclick::event
