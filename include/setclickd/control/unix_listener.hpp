// Making a Unix socket on which a daemon listens.
//
// Promises: the socket's mode is 0660 from its first moment on; one that a dead process left behind is replaced. Never:
// takes over a socket on which somebody listens, or removes anything that is not a socket.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::control {

/// A listening socket at `path`, non-blocking. `key`: the setting that names the path, for the error's cure. `errc::busy`
/// when another process listens there.
result<unique_fd> listen_at(std::string const& path, std::string_view key);

}  // namespace setclick::control
