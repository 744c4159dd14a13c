// What `setclickd doctor` sees of this machine: folders, rights, disks, the ledger, the daemon, the clock's keeper.
//
// Reads only; decides nothing. As root it looks with the rights of the service's user where it is that user's that matter.
#pragma once

#include <string>

#include "doctor_findings.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

/// Everything of `doctor_look` but the configuration and the endpoint. `config`: the path of the configuration.
void look_around(settings::settings const& s, std::string const& config, doctor_look& seen);

}  // namespace setclick::cli
