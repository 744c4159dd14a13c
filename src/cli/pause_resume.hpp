// `setclickd pause`, `resume`, `reload`: what changes how the daemon works.
#pragma once

#include <string>

#include "console.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::cli {

struct pause_options {
    std::string config = {};
    control::pause_request what = {};
    bool json = false;
};

/// Works while the daemon is down, too, for accounts: it reads their pause at its start.
int pause_or_resume(pause_options const& options, console const& io);

/// 0, 78 when the daemon keeps its old configuration, 69 when there is no daemon.
int reload(std::string const& config, console const& io);

}  // namespace setclick::cli
