// `setclickd preview`: what a file would become, before anything is sent. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "console.hpp"

namespace setclick::cli {

struct preview_options {
    std::string config = {};
    std::vector<std::string> files = {};
    std::string profile = {};  ///< of tables; empty: chosen by name and columns
    bool json = false;
    bool reveal = false;  ///< settings and lead with their values
};

/// 0 when every event is good; 3 when some are refused; 1 when all are, or a file as a whole; 74 when one
/// cannot be read.
int preview(preview_options const& options, console const& io);

}  // namespace setclick::cli
