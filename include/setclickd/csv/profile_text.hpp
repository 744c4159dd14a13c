// Profiles as TOML, to read and to copy from.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "setclickd/csv/profiles.hpp"

namespace setclick::csv {

/// The profile as a [[csv.profile]] of the configuration, which reads it back as it is.
std::string toml_of(profile const& p);

/// A profile to begin with for a file of these columns: what is known is mapped, the rest stands in comments.
std::string starter_profile(profiles const& known, std::string_view name,
                            std::span<std::string_view const> header);

/// "conversion": the words of the configuration.
std::string_view word_of(time_meaning what) noexcept;
std::string_view word_of(date_order what) noexcept;
std::string_view word_of(decimal_sign what) noexcept;
std::string_view word_of(serial_dates what) noexcept;
std::string_view word_of(extra_columns what) noexcept;

}  // namespace setclick::csv
