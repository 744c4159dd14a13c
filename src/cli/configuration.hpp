// Reading the configuration for a command.
#pragma once

#include <optional>
#include <string>

#include "console.hpp"
#include "setclickd/settings/load.hpp"

namespace setclick::cli {

inline constexpr char const* default_config = "/etc/setclickd/setclickd.toml";

/// The configuration with the process's environment. With errors: all of them on `err`, and
/// nothing.
std::optional<settings::loaded> usable_configuration(std::string const& path, console const& io);

/// The smaller of an account's own rate and the common gate, events a minute; infinity for
/// unlimited.
double effective_rate(settings::settings const& all, settings::account_settings const& account);

/// $CREDENTIALS_DIRECTORY, empty when there is none.
std::string credentials_directory();

}  // namespace setclick::cli
