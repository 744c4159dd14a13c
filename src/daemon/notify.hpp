// What systemd is told (sd_notify(3)); without systemd nothing happens.
#pragma once

#include <optional>
#include <string>

#include "setclickd/base/time.hpp"

namespace setclick::daemon {

void notify_ready();
void notify_stopping();
/// A start that waits for somebody is not given up for another so long.
void notify_start_takes(milliseconds more);
void notify_reloading();
/// One line for `systemctl status`.
void notify_status(std::string const& line);
void notify_watchdog();
/// How often the watchdog wants to hear from us; nothing when there is none.
std::optional<milliseconds> watchdog_interval();

}  // namespace setclick::daemon
