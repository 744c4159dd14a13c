// Asking a person for a line; for a secret without showing what is typed.
#pragma once

#include <string>

#include "console.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::cli {

/// Prints the question on `err` and reads a line, without blanks around it. Error: `refused` at the end of input.
result<std::string> asked(std::string const& question, console const& io);

/// The same without an echo where a terminal answers; the terminal is as it was afterwards, also after Ctrl-C.
result<secret<std::string>> asked_hidden(std::string const& question, console const& io);

/// All of standard input (at most 64 KiB), for scripts.
result<secret<std::string>> piped_secret(console const& io);

}  // namespace setclick::cli
