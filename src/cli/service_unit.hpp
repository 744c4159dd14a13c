// The service's systemd unit, where it is this configuration that it starts with.
#pragma once

#include <optional>
#include <string>

#include "setclickd/setup/unit_sandbox.hpp"

namespace setclick::cli {

/// Nothing where systemd does not run here, or its service reads another configuration.
std::optional<setup::unit_sandbox> unit_that_reads(std::string const& config);

}  // namespace setclick::cli
