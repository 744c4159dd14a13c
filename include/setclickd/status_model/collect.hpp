// Fills the status model from the ledger, the daemon's answer and the configuration.
//
// Works while the daemon is down, too: then the ledger alone is asked, and what it calls in flight was
// cut short. Changes nothing; reads the ledger in one short transaction after another.
#pragma once

#include "setclickd/base/error.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/status_model/live_status.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

/// `live`: what the daemon answered, or why it did not. A missing ledger is no error.
result<status_report> collect(settings::settings const& s, live_status const& live, wall_time now);

}  // namespace setclick::status_model
