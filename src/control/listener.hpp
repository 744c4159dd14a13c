// Making the socket file, and asking the kernel who is at the other end. Private to the module.
#pragma once

#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/control/server.hpp"

namespace setclick::control {

/// A listening socket at `path`, mode 0660, non-blocking.
result<unique_fd> listen_at(std::string const& path);

/// Who is connected; only those who may command the daemon. The error names who may.
result<peer> admitted_peer(int fd);

}  // namespace setclick::control
