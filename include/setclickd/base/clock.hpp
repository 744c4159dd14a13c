// The wall clock: the one place that asks it, with one rounding.
//
// Everything that decides gets `now` as an argument; only the outer layers include this header.
#pragma once

#include "setclickd/base/time.hpp"

namespace setclick {

/// Now, in whole milliseconds, rounded down. It may jump: never wait by it. Any thread.
inline wall_time wall_now() noexcept {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

}  // namespace setclick
