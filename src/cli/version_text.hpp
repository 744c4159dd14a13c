#pragma once

#include <string>

namespace setclick::cli {

/// "setclickd 0.1.0", and the libraries that it runs with.
std::string version_text();

}  // namespace setclick::cli
