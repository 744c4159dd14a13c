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

/// For a command that needs to know only where the ledger and the daemon are, as `status` and
/// `pause` do: somebody who is in the middle of editing can still look and pause. Errors elsewhere
/// are printed on `err`, and the command goes on.
std::optional<settings::loaded> located_configuration(std::string const& path, console const& io);

/// Whether the paths of the ledger and of the control socket are as they were meant. After a syntax
/// error every value is a default, and a default may name another ledger.
bool knows_places(settings::loaded const& read);

}  // namespace setclick::cli
