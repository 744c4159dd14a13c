#include "setclickd/control/unix_listener.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "setclickd/base/text.hpp"

namespace setclick::control {
namespace {

result<sockaddr_un> address_of(std::string const& path, std::string_view key) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail(errc::config, fmt::format("a socket's path must have 1 to {} bytes: {} ({})",
                                              sizeof address.sun_path - 1, printable(path), key));
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

error is_taken(std::string const& path) {
    return fail(errc::busy, "another process listens on " + printable(path));
}

/// Removes what a daemon that was killed left behind, nothing else.
result<void> remove_stale(std::string const& path, sockaddr_un const& address,
                          std::string_view key) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0)
        return errno == ENOENT ? result<void>{} : errno_error(errno, "examine", printable(path));
    if (!S_ISSOCK(info.st_mode))
        return fail(errc::io, fmt::format("{} is not a socket, so it stays; set {} to another path",
                                          printable(path), key));
    unique_fd const probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!probe) return errno_error(errno, "make a socket for", printable(path));
    if (::connect(probe.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ||
        errno == EAGAIN)
        return is_taken(path);
    if (errno != ECONNREFUSED) return errno_error(errno, "ask who listens on", printable(path));
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return errno_error(errno, "remove", printable(path));
    return {};
}

}  // namespace

result<unique_fd> listen_at(std::string const& path, std::string_view key) {
    auto const address = address_of(path, key);
    if (!address) return address.error();
    if (auto removed = remove_stale(path, *address, key); !removed) return removed.error();
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return errno_error(errno, "make a socket for", printable(path));
    // Before the bind, so that there is no moment with a wider mode; after it, because the umask
    // may have narrowed it.
    ::fchmod(fd.get(), 0660);
    if (::bind(fd.get(), reinterpret_cast<sockaddr const*>(&*address), sizeof *address) != 0)
        return errno == EADDRINUSE ? is_taken(path)
                                   : errno_error(errno, "make the socket", printable(path));
    if (::chmod(path.c_str(), 0660) != 0)
        return errno_error(errno, "set the mode of", printable(path));
    if (::listen(fd.get(), 16) != 0) return errno_error(errno, "listen on", printable(path));
    return fd;
}

}  // namespace setclick::control
