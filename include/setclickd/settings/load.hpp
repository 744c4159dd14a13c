// setclickd.toml and the environment → typed settings, or everything that is wrong in them.
//
// Later sources win:
//   defaults      settings.hpp
//   file          setclickd.toml
//   environment   SECTION__KEY after SETCLICKD_: SETCLICKD_ENDPOINT__BASE_URL; the first account
//                 is SETCLICKD_ACCOUNT__TOKEN_FILE, the second SETCLICKD_ACCOUNT__2__TOKEN_FILE
//
// Promises: never stops at the first finding (only a syntax error hides what follows it); each
// finding names file, line, key, and what would be right. Never: opens a token file, makes a directory, prints a secret.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/settings/origins.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::settings {

/// error: the daemon does not start. warning: probably not what was meant. notice: has no effect
/// yet.
enum class severity { error, warning, notice };

struct finding {
    std::string file;   ///< the configuration's path, or "environment"
    unsigned line = 0;  ///< from 1; 0 where there is none
    unsigned column = 0;
    std::string key;  ///< "delivery.connections", "account.id"; empty for the file as a whole
    std::string message;
    severity level = severity::error;
};

/// "setclickd.toml:12:1: error: delivery.connections: …", one line.
std::string to_text(finding const& f);

struct loaded {
    settings values;
    std::vector<finding> findings;
    origins known;         ///< what was set, and where; everything else is a default
    bool is_there = true;  ///< false: there is no such file
    bool is_toml = false;  ///< the file could be read; otherwise the values are the defaults

    bool usable() const noexcept;  ///< no finding is an error
};

/// `environment` as of the process: "NAME=value" each.
loaded load(std::string const& path, std::span<std::string const> environment);

/// The same for a text that is already in memory; `file` only names it.
loaded load_text(std::string_view text, std::string const& file,
                 std::span<std::string const> environment);

std::vector<std::string> process_environment();

}  // namespace setclick::settings
