// TOML text → settings, by the key table. The only other file that knows toml++ is
// toml_reader.cpp.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/settings/load.hpp"

namespace setclick::settings {

/// False when the text is no TOML: then one finding names the place, and nothing was set.
bool read_toml(std::string_view text, std::string const& file, loaded& into, origins& known);

}  // namespace setclick::settings
