// How a command that only reads gets its permits, and how it shows that it has to wait for one.
#pragma once

#include "console.hpp"
#include "setclickd/readback/online_check.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

/// The accounts' gates: the daemon's where it runs, else this process's own. Refers to the settings.
readback::open_access_fn access_to_gates(settings::settings const& s);

/// Prints a line on the error stream for a wait of a second and more. Refers to the console.
readback::on_wait_fn reported_waits(console const& io);

}  // namespace setclick::cli
