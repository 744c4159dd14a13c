// Remembers that the daemon ended by a fault of its own (SIGSEGV, SIGABRT, the watchdog's SIGABRT …), so that the next start
// can tell it from a kill or a power cut: an event that is in flight at three such ends in a row is set aside.
#pragma once

#include <string>

namespace setclick::daemon {

/// From now on a fatal signal leaves `path` behind; the signal then does what it always does.
void arm_crash_marker(std::string const& path);
/// Whether the last run left one; it is removed.
bool take_crash_marker(std::string const& path);

}  // namespace setclick::daemon
