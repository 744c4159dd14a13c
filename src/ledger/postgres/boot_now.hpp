// The moment, on the machine's own clock since its start, suspends included.
#pragma once

#include <time.h>

#include <chrono>

#include "../core/lease_rule.hpp"

namespace setclick::ledger::postgres {

inline boot_time boot_now() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return boot_time{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
}

}  // namespace setclick::ledger::postgres
