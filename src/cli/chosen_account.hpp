// Which account a command means.
#pragma once

#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

/// The one that is named, or the only one that is configured; `errc::usage` otherwise, with the
/// nearest name.
result<std::string> chosen_account(settings::settings const& s, std::string const& named);

}  // namespace setclick::cli
