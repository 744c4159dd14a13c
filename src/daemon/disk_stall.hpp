// Tells a disk that does not answer from a thread of ours that hangs. Pure: `now` is an argument,
// what a thread is doing is looked up elsewhere (thread_state.hpp).
//
// A thread that stands in one and the same call of the file system at every look waits for the
// kernel: a frozen or dying disk, a file server that is gone. A thread that hangs by a fault of ours
// computes, or waits for another thread: never for the disk.
//
// Promises: a stall is reported once when it began and once when it is over, with its length.
#pragma once

#include <cstdint>
#include <optional>

#include "setclickd/base/time.hpp"

namespace setclick::daemon {

/// What a thread was doing at one moment, by the kernel's own record.
struct thread_sample {
    bool in_disk_call = false;  ///< it waits inside a call of the file system
    std::uint64_t switches =
        0;  ///< how often it has begun to wait so far: the same = the same wait
};

class disk_stall {
public:
    /// One call that lasts this long is a stall. Looks come once a second, so it is reported within
    /// five.
    static constexpr milliseconds reported_after{3000};

    enum class change : std::uint8_t { none, began, ended };
    /// One look. Nothing for a thread that does not run.
    change look(std::optional<thread_sample> seen, steady_time now) noexcept;

    /// At the last look the thread stood in a call of the file system, reported or not.
    bool is_in_call() const noexcept { return since_ != never; }
    bool is_stalled() const noexcept { return is_reported_; }
    /// How long the last stall took; of one that is not over, up to the last look.
    milliseconds length() const noexcept { return length_; }

private:
    steady_time since_ = never;  // the first look that found it in this call
    std::uint64_t switches_ = 0;
    bool is_reported_ = false;
    milliseconds length_{};
};

}  // namespace setclick::daemon
