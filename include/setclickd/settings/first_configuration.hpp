// The text of a first configuration, and of one with another account. Pure.
//
// What a person wrote stays byte for byte; an account is added at the end.
#pragma once

#include <string>
#include <string_view>

namespace setclick::settings {

struct new_account {
    std::string id;
    std::string token_file;
};

/// A small configuration of one account; every other key has its default.
std::string first_configuration(new_account const& account);

/// The configuration with this `metrics.password_file`: a line of its own below [metrics], or such a table at the end. Read it
/// again before it is used: one that writes the table in another way is not changed rightly.
std::string with_web_password(std::string_view configuration, std::string_view password_file);
/// Where the web page's password is put, beside the configuration.
std::string web_password_path(std::string_view configuration_path);

/// The configuration and one more `[[account]]` block.
std::string with_account(std::string_view configuration, new_account const& account);

/// Where `setup` puts the token: "token" for the first account, "token-ID" for each further one, beside the configuration.
std::string token_path(std::string_view configuration_path, std::string_view account,
                       bool is_first);

}  // namespace setclick::settings
