// What the kernel counts for this process: read from /proc/self, as the usual `process_` metrics want it.
//
// Promises: what cannot be read is 0. Never: blocks on a disk; /proc is memory.
#pragma once

#include "setclickd/delivery/daemon_figures.hpp"

namespace setclick::daemon {

delivery::process_figures look_at_process();

}  // namespace setclick::daemon
