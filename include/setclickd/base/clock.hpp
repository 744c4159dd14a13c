// The clocks of a process: the one place that asks them, the wall clock with one rounding.
//
// Everything that decides gets `now` as an argument; only the outer layers include this header.
#pragma once

#include "setclickd/base/time.hpp"

namespace setclick {

/// Now, in whole milliseconds, rounded down. It may jump: never wait by it. Any thread.
inline wall_time wall_now() noexcept {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

/// Now, of a clock that never jumps, to wait by; it stands still while the machine sleeps. Any thread.
inline steady_time steady_now() noexcept {
    return std::chrono::steady_clock::now();
}

}  // namespace setclick
