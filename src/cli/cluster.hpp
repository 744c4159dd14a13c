// `setclickd cluster`: which nodes share the ledger, who has which account, what moved when and why, what is stuck.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct cluster_options {
    std::string config;
    bool json = false;
    bool all = false;        ///< every account, however many there are
    bool exit_code = false;  ///< 1 where something is stuck
};

int cluster(cluster_options const& options, console const& io);

}  // namespace setclick::cli
