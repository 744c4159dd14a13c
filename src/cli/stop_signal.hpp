// Ctrl-C (and SIGTERM) for commands that end in order: the first one sets a flag, a second one ends
// the process.
#pragma once

#include <atomic>

#include "setclickd/base/time.hpp"

namespace setclick::cli {

/// Takes over both signals for the rest of the process. The flag becomes true with the first of
/// them.
std::atomic<bool> const& stop_on_signal();

/// False when `stop` became true before the time was over.
bool wait_until(steady_time then, std::atomic<bool> const& stop);

}  // namespace setclick::cli
