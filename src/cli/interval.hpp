// How often a command looks again.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::cli {

/// From 200 ms to a day: more often nobody reads, and each look reads the ledger.
result<milliseconds> interval_from(std::string_view option, std::string const& text);

}  // namespace setclick::cli
