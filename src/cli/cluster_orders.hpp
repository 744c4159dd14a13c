// `setclickd cluster drain` and `cluster forget`: what a person wants of a node as a whole.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct cluster_order_options {
    std::string config = {};
    std::string node = {};  ///< name or number
    bool undo = false;      ///< drain: it may have accounts again
    bool yes = false;       ///< forget without asking
    bool json = false;
};

/// 0; 3 where accounts stay that no other node can send for; 75 where it is not empty yet.
int cluster_drain(cluster_order_options const& options, console const& io);
int cluster_forget(cluster_order_options const& options, console const& io);

}  // namespace setclick::cli
