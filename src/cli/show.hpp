// `setclickd show ID`: one event, with all its attempts.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct show_options {
    std::string config = {};
    std::string id = {};
    bool reveal = false;  ///< personal data in clear; root only
    bool json = false;
};

int show(show_options const& options, console const& io);

/// A JSON text with every value in it replaced by "***"; names stay.
std::string masked(std::string_view json_text);

}  // namespace setclick::cli
