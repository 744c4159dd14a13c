// The command line of setclickd: `setclickd <subcommand>`.
//
// Promises: data goes to standard output, talk to standard error; colour only on a terminal; the
// exit codes are those of `exit_code`. Never prints a token or, unless a person asks for it by
// `show --reveal` or `submit --show-request`, what an event holds.
#pragma once

#include <functional>
#include <string>

#include "setclickd/settings/load.hpp"

namespace setclick::cli {

/// The daemon: gets a configuration without errors (its warnings and notices are the daemon's to
/// log) and the path that it came from, and returns an exit code. `once`: take what is there,
/// deliver it, end.
using run_fn = std::function<int(settings::loaded, std::string config, bool once)>;

/// Everything but the daemon itself. Exceptions end here, as exit code 1 and one line.
int main(int argc, char** argv, run_fn const& run);

}  // namespace setclick::cli
