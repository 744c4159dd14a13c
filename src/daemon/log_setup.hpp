// The settings' log section → the log.
#pragma once

#include "setclickd/settings/load.hpp"

namespace setclick::daemon {

void log_as(settings::log_settings const& s);
void log_findings(std::vector<settings::finding> const& findings);

}  // namespace setclick::daemon
