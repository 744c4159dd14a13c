// What a thread of this process is doing, as /proc/self/task/TID shows it. Linux only; blocks for no
// longer than reading a file of /proc takes.
//
// Threads: any.
#pragma once

#include <sys/types.h>

#include <optional>

#include "disk_stall.hpp"

namespace setclick::daemon {

/// Nothing when there is no such thread, or when /proc does not show it: then a stall of the disk
/// is not told from a hang.
std::optional<thread_sample> sample_thread(pid_t tid);

}  // namespace setclick::daemon
