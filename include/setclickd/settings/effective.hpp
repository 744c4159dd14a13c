// What is in effect, key by key, and where it was set: `setclickd config show`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "setclickd/settings/load.hpp"

namespace setclick::settings {

struct effective_value {
    std::string table;  ///< "spool", "account.login"
    int account = -1;   ///< index, for the tables that exist once an account
    std::string name;
    std::string value;           ///< in TOML; an e-mail is hidden
    std::optional<origin> from;  ///< nothing: the default
};

/// Every key in the order of the reference; those of the accounts come for each account.
std::vector<effective_value> effective(loaded const& read);

}  // namespace setclick::settings
