// [[csv.profile]] in TOML → profiles, with everything that is wrong in them and where.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "setclickd/csv/profile.hpp"
#include "toml.hpp"

namespace setclick::settings {

/// `key`: "csv.profile.columns".
using profile_finding =
    std::function<void(toml::source_position at, std::string key, std::string message)>;

/// What stands below `csv`. Profiles with faults are among them; each fault is reported.
std::vector<csv::profile> read_profiles(toml::node const& csv, profile_finding const& report);

}  // namespace setclick::settings
