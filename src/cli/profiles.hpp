// `setclickd profiles`: how the columns of tables become events, as TOML to copy from.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct profiles_options {
    std::string config = {};
    std::string name = {};  ///< empty: all
    std::string from = {};  ///< a file: a profile to begin with for its columns
};

/// 0; 1 for a file that is no table; 2 for a name that is none.
int profiles(profiles_options const& options, console const& io);

}  // namespace setclick::cli
