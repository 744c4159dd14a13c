// The daemon: everything wired together, from a usable configuration to an exit code.
#pragma once

#include <string>

#include "setclickd/daemon/face.hpp"
#include "setclickd/settings/load.hpp"

namespace setclick::daemon {

struct run_options {
    bool once = false;        ///< take what is there, deliver it, end
    std::string config = {};  ///< where the configuration came from, for a reload
    face_maker face = {};     ///< made when everything else runs; none where it is empty
};

/// Runs until SIGTERM or SIGINT (or, with `once`, until there is nothing left to do). Returns an
/// `exit_code`. The configuration's warnings and notices go to the log.
int run(settings::loaded loaded, run_options options);

}  // namespace setclick::daemon
