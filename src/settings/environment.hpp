// SETCLICKD_SECTION__KEY=value, over what the file sets.
#pragma once

#include <span>
#include <string>

#include "toml_reader.hpp"

namespace setclick::settings {

void apply_environment(std::span<std::string const> environment, loaded& into, origins& known);

}  // namespace setclick::settings
