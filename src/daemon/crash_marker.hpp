// Remembers that the daemon ended by a fault of its own (SIGSEGV, SIGABRT, the watchdog's SIGABRT
// …), so that the next start can tell it from a kill or a power cut, and what was being read just
// then: an event that is in flight at three such ends in a row is set aside, and so is a line.
// Where the fault was a thread's own, the other is not suspected: a line that breaks the daemon
// costs the events in flight nothing, and the other way round.
#pragma once

#include <cstdint>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/intake/reading_note.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::daemon {

/// The one note of the process: a signal handler finds nothing but what is static.
intake::reading_note& reading_now() noexcept;

/// From now on a fatal signal leaves `path` behind, with this run's number; the signal then does
/// what it always does.
void arm_crash_marker(std::string const& path, std::uint64_t run);
/// For the calling thread: the marker is left also when its stack is used up.
void use_signal_stack();
/// For the calling thread, which touches no event: a fault of its own leaves nothing behind, so that it counts against none.
void touch_no_event() noexcept;
/// While the disk keeps a thread waiting: a fatal signal from outside (the watchdog's) is no fault
/// of what was being done, and leaves nothing behind. Writing it could wait for the same disk.
void set_disk_stalled(bool stalled) noexcept;
/// What the marker says of the run with this number; a marker of another run says nothing.
ledger::last_end read_crash_marker(std::string const& path, std::uint64_t run);
/// Once the ledger has taken it in. A marker that is read twice is of an earlier run by then.
void remove_crash_marker(std::string const& path) noexcept;

}  // namespace setclick::daemon
