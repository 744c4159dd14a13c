// `setclickd token`: gives an account a new access token.
#pragma once

#include <string>

#include "console.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

struct token_options {
    std::string config = {};
    std::string account = {};
};

/// From a prompt, or from standard input where that is no terminal. Writes the account's token_file (mode 0600, the
/// daemon's user); a running daemon takes it by itself.
int token(token_options const& options, console const& io);

/// Where the token of this account lies in a file that this program may write. Error: `refused`, with what to do
/// instead, for a systemd credential and for an account that logs in.
result<std::string> writable_token_file(settings::account_settings const& account);

/// Asks this question on a terminal, or reads standard input, until something can be a token.
result<secret<std::string>> token_from_person(std::string const& question, console const& io);
/// The question for the token of an account.
std::string token_question(std::string const& account);

}  // namespace setclick::cli
