// `setclickd config show`: what is in effect, and where each value was set.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct config_show_options {
    std::string config = {};
    bool origin = false;  ///< file and line, or the variable, after each value
    bool all = false;     ///< defaults, too
};

/// TOML on standard output; 78 with the findings on standard error where the configuration has errors.
int config_show(config_show_options const& options, console const& io);

}  // namespace setclick::cli
