// `setclickd accounts`: the ids that a login may use, so that nobody copies 24 characters by hand.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct accounts_options {
    std::string config = {};
    std::string account = {};  ///< with its token; empty: with each token of the configuration
    bool new_token = false;    ///< with one that no account has yet: typed, or on standard input
    bool json = false;
};

/// 0 all were listed and may use what is configured; 3 some; else the reason's. Sends no event and changes nothing;
/// each call passes the account's gate.
int accounts(accounts_options const& options, console const& io);

}  // namespace setclick::cli
