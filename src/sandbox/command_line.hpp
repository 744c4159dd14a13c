// The flags of setclick-sandbox.
#pragma once

#include <variant>

#include "server.hpp"

namespace setclick::sandbox {

/// The options, or the exit code of a run that ends here (--help, --version, a wrong flag; all was
/// printed).
std::variant<options, int> parse_command_line(int argc, char const* const* argv);

}  // namespace setclick::sandbox
