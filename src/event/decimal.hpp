// The exact value of a JSON number, from its text: no double, so nothing is rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace setclick::event {

/// digits × 10^exponent. No zeros at either end of the digits; zero has none, and exponent 0 and no
/// sign. So two spellings of one value (1, 1.0, 10e-1) are equal here.
struct decimal {
    std::string_view digits;
    std::int64_t exponent = 0;
    bool negative = false;
};

/// `source` is a number by JSON's grammar. `scratch` has room for source.size() bytes and lives as
/// long as the result.
decimal decimal_of(std::string_view source, char* scratch) noexcept;

/// False where a double would be infinite, or zero though the number is not.
bool fits_double(decimal const& value, std::string_view source) noexcept;

/// The value where it is whole and fits.
std::optional<std::int64_t> whole(decimal const& value) noexcept;

}  // namespace setclick::event
