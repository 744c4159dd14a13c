// `setclickd top`: what the daemon does, live, in a terminal.
//
// Promises: changes nothing of the daemon; the terminal is as it was after the end, however it ends
// but by SIGKILL; without a terminal it prints a line each time.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct top_options {
    std::string config = {};
    std::string interval = "1s";
    bool once = false;  ///< one screen as text, and end
};

int top(top_options const& options, console const& io);

}  // namespace setclick::cli
