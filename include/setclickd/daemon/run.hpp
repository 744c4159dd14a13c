// The daemon: everything wired together, from a usable configuration to an exit code.
#pragma once

#include "setclickd/cli/main.hpp"
#include "setclickd/settings/load.hpp"

namespace setclick::daemon {

/// Runs until SIGTERM or SIGINT (or, with `once`, until there is nothing left to do). Returns an
/// `exit_code`.
int run(settings::loaded loaded, cli::run_options options);

}  // namespace setclick::daemon
