// Asking the kernel who is at the other end. Private to the module.
#pragma once

#include "setclickd/base/error.hpp"
#include "setclickd/control/server.hpp"

namespace setclick::control {

/// Who is connected; only those who may command the daemon. The error names who may.
result<peer> admitted_peer(int fd);

}  // namespace setclick::control
