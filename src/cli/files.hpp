// `setclickd files`: the files that were taken last, and what became of them.
#pragma once

#include <cstdint>
#include <string>

#include "console.hpp"

namespace setclick::cli {

struct files_options {
    std::string config = {};
    std::uint32_t limit = 20;
    bool json = false;
};

/// Works without a daemon. 0, also where no file was ever taken.
int files(files_options const& options, console const& io);

}  // namespace setclick::cli
