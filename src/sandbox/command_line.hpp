// The flags of setclick-sandbox.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "server.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class Option;
}  // namespace CLI

namespace setclick::sandbox {

/// The words that the value of an option may be, where they are few.
using option_words = std::map<CLI::Option const*, std::vector<std::string>>;

/// Every flag, with its help; what is parsed goes into `o`, which outlives the app.
option_words declare_options(CLI::App& app, options& o);

/// The options, or the exit code of a run that ends here (--help, --version, a wrong flag; all was
/// printed).
std::variant<options, int> parse_command_line(int argc, char const* const* argv);

}  // namespace setclick::sandbox
