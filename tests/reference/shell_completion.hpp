// Completion in a shell, made from a program's commands. Pure.
#pragma once

#include <string>

#include "reference/command_text.hpp"

namespace setclick::reference {

/// What bash-completion loads for the program: needs nothing of bash-completion itself.
std::string bash_completion(std::string const& program, command_text const& all);

/// The function that zsh autoloads for the program: its file is called "_PROGRAM".
std::string zsh_completion(std::string const& program, command_text const& all);

}  // namespace setclick::reference
