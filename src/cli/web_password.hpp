// `setclickd web-password`: the password of the web page and of /status.json.
#pragma once

#include <string>

#include "console.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::cli {

struct web_password_options {
    std::string config = {};
};

/// Makes a new one out of the system's random source, writes it to metrics.password_file (mode 0600, the daemon's user), and
/// shows it, on a terminal only. Where the configuration names no such file, a line for it is added.
int web_password(web_password_options const& options, console const& io);

/// 24 letters and digits, none of which is taken for another: 120 bits of chance.
result<secret<std::string>> new_password();
/// Shows it to the person at the terminal, once; elsewhere only where it lies.
void show_password(std::string const& path, secret<std::string> const& password, console const& io);

}  // namespace setclick::cli
