// Under which names a file may be dropped.
#pragma once

#include <string>

#include "setclickd/csv/profiles.hpp"

namespace setclick::cli {

/// Why the daemon would not take a file of this name, with the cure; empty where it would.
std::string name_problem(std::string const& name, csv::profiles const& known);

}  // namespace setclick::cli
