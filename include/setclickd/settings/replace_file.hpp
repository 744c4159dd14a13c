// Writing small files: those that the daemon reads, a token and the configuration, and what a command notes.
//
// Promises: the new content is there as a whole or not at all, and durable. A secret is readable by its owner alone
// from its first byte on; run by root, it belongs to the daemon's user. Never: follows a link at its end, or prints
// what it writes.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::settings {

/// The user that the packaged unit runs the daemon as.
inline constexpr char const* daemon_user = "setclickd";

/// Replaces the file, with mode 0600. Errors: `config` where the path is a link or no regular file, else as the disk
/// says (`io`, `disk_full`, `not_found` for a missing directory).
result<void> write_secret(std::string const& path, secret<std::string> const& content);

/// Replaces the configuration; owner and mode stay, a new one is for all to read: it holds no secret.
result<void> write_configuration(std::string const& path, std::string_view content);

/// Replaces what a command keeps from one call to the next: for all to read, and the caller's: a
/// unit that may not change owners may call it.
result<void> write_note(std::string const& path, std::string_view content);

}  // namespace setclick::settings
