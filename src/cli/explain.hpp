// `setclickd explain`: what a message of the log means and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "console.hpp"

namespace setclick::cli {

/// `keys`: of the `event=` in the log; none lists all of them. Returns an exit code: 64 where a key
/// is not known.
int explain(std::vector<std::string> const& keys, console const& io);

}  // namespace setclick::cli
