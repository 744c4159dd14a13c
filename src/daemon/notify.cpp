#include "notify.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace setclick::daemon {

void notify_ready() { sd_notify(0, "READY=1"); }
void notify_stopping() { sd_notify(0, "STOPPING=1"); }
void notify_reloading() { sd_notify(0, "RELOADING=1"); }
void notify_status(std::string const& line) { sd_notify(0, ("STATUS=" + line).c_str()); }
void notify_watchdog() { sd_notify(0, "WATCHDOG=1"); }

std::optional<milliseconds> watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return milliseconds{microseconds / 1000};
}

}  // namespace setclick::daemon
