// What one value alone cannot show: missing, doubled and contradicting settings.
#pragma once

#include <string>

#include "toml_reader.hpp"

namespace setclick::settings {

void check(std::string const& file, origins const& known, loaded& into);

}  // namespace setclick::settings
