// `setclickd rejected`: the refused lines that the caller may fetch, mend and drop again.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct rejected_options {
    std::string config = {};
    bool json = false;
};

/// Works without a daemon, and for a producer who may not list rejected/: the kernel decides what he sees. 0, also where
/// there is nothing.
int rejected(rejected_options const& options, console const& io);

}  // namespace setclick::cli
