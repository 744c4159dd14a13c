// The parts of a manual page that are made from a program's commands. Pure.
#pragma once

#include <string>
#include <vector>

#include "reference/command_text.hpp"

namespace setclick::reference {

/// A tagged paragraph for each option: its names and value, its text, its default.
std::string man_options(std::vector<option_text> const& options);

/// A subsection for each command that does something, those below a command included: its synopsis, text, options and
/// examples.
std::string man_commands(std::string const& program, command_text const& all);

/// The options under their groups' names as subsections, in their order.
std::string man_option_groups(std::vector<option_text> const& options);

}  // namespace setclick::reference
