// How values are written, shared by the messages and the reference text. Private to the module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace setclick::settings {

struct size_unit {
    std::string_view name;
    std::uint64_t bytes;
};
inline constexpr size_unit size_units[] = {{"GiB", std::uint64_t{1} << 30},
                                           {"MiB", std::uint64_t{1} << 20},
                                           {"KiB", std::uint64_t{1} << 10},
                                           {"B", 1}};

/// In double quotes, printable.
std::string quote(std::string_view text);
std::string number_text(double value);
/// "4GiB": the largest unit without a rest.
std::string size_text(double bytes);
/// The form that `parse_duration` reads: "90s", "7d".
std::string duration_value(double ms);

}  // namespace setclick::settings
