// The configuration → where the ledger lies, for everybody who opens it.
#pragma once

#include "setclickd/ledger/place.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::setup {

/// Reads nothing: the password's file is read at each connection. $CREDENTIALS_DIRECTORY as it is
/// now is where its credentials are looked for.
ledger::place ledger_place_of(settings::settings const& s);

}  // namespace setclick::setup
