// Secrets from files: tokens, passwords, proxy credentials.
//
// A source is a path, or "credential:NAME" for a file that systemd put into $CREDENTIALS_DIRECTORY.
// Promises: a file that others may read or change is refused; no message ever holds a byte of the
// content. Reads the disk, blocks.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::settings {

/// $CREDENTIALS_DIRECTORY, empty when there is none.
std::string credentials_directory();

/// A bearer token: visible ASCII without blanks. Line ends at the end are dropped.
/// `credentials_directory` is $CREDENTIALS_DIRECTORY, empty when there is none. Errors: `config`,
/// or `not_found` for a missing file.
result<secret<std::string>> read_token(std::string_view source,
                                       std::string_view credentials_directory);

/// A password, or "user:password": any text in UTF-8 without control characters.
result<secret<std::string>> read_password(std::string_view source,
                                          std::string_view credentials_directory);

/// The file of a source, for watching it. Error: a credential without a directory, or with a
/// name that is none.
result<std::string> secret_path(std::string_view source, std::string_view credentials_directory);

}  // namespace setclick::settings
