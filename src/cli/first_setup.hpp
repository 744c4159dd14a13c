// `setclickd setup`: from an installed program to one that delivers, by a few questions.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct setup_options {
    std::string config = {};
    std::string account = {};  ///< empty: asked
    bool start = true;         ///< enable and start the service at the end, where there is systemd
};

/// Asks for the token, offers the accounts that it is for (one: taken), writes both, checks them, starts the service,
/// and prints how to drop the first file.
/// Run again it adds an account. Never overwrites anything in silence. Needs a terminal; the token may be piped in when
/// --account is given.
int first_setup(setup_options const& options, console const& io);

/// `setclickd config init`: the configuration alone, for scripts; refuses where there is one.
int config_init(setup_options const& options, std::string const& token_file, console const& io);

}  // namespace setclick::cli
