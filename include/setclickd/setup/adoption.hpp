// What a person's adoption of a ledger has to know of a spool and of the accounts.
#pragma once

#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::setup {

/// The policies of the accounts, what lies in work/ and done/, and how often the spool was used.
result<ledger::adoption> adoption_of(settings::settings const& s, spool::directory const& spool);

}  // namespace setclick::setup
