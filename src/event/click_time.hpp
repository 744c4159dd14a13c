// The quick forms of `click_time` (a number, ISO 8601 with an offset), and what is wrong with a value
// that neither these nor the other forms (time_forms.hpp) can read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decimal.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::event {

/// Milliseconds since 1970 from a whole number: seconds below 10^11, else milliseconds. Nothing
/// when it is not whole or lies outside 2010 to 2100.
std::optional<std::int64_t> click_time_of(decimal const& value) noexcept;
/// The same from ISO 8601 with an offset.
std::optional<std::int64_t> click_time_of(std::string_view iso) noexcept;

/// `ms` where there is one and it lies inside 2010 to 2100.
std::optional<std::int64_t> click_time_in(std::optional<std::int64_t> ms) noexcept;

/// Why the functions above returned nothing.
std::string click_time_problem(decimal const& value, std::string_view source);
std::string click_time_problem(std::string_view iso);

}  // namespace setclick::event
