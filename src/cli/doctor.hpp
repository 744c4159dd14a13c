// `setclickd doctor`: what is in the way of delivery on this machine and up to SealMetrics, each with its cure.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct doctor_options {
    std::string config = {};
    bool offline = false;  ///< the machine alone: no name, no connection
    bool json = false;
};

/// 0 without a problem (warnings are none), else 1. Delivers nothing and changes nothing; for each account one call that
/// lists accounts, which passes its gate.
int doctor(doctor_options const& options, console const& io);

}  // namespace setclick::cli
