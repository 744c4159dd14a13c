#include "listener.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "setclickd/base/text.hpp"

namespace setclick::control {
namespace {

result<sockaddr_un> address_of(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail(
            errc::config,
            fmt::format("the control socket's path must have 1 to {} bytes: {} (control.socket)",
                        sizeof address.sun_path - 1, printable(path)));
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// Removes what a daemon that was killed left behind, nothing else.
result<void> remove_stale(std::string const& path, sockaddr_un const& address) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0)
        return errno == ENOENT ? result<void>{} : errno_error(errno, "examine", printable(path));
    if (!S_ISSOCK(info.st_mode))
        return fail(
            errc::io,
            printable(path) + " is not a socket, so it stays; set control.socket to another path");
    unique_fd const probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!probe) return errno_error(errno, "make a socket for", printable(path));
    if (::connect(probe.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ||
        errno == EAGAIN)
        return fail(errc::busy, "another daemon listens on " + printable(path));
    if (errno != ECONNREFUSED) return errno_error(errno, "ask who listens on", printable(path));
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return errno_error(errno, "remove", printable(path));
    return {};
}

bool is_in_group(int fd, gid_t group) {
    std::vector<gid_t> groups(256);
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) {
        if (errno != ERANGE) return false;
        groups.resize(size / sizeof(gid_t));
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
    }
    groups.resize(size / sizeof(gid_t));
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

result<unique_fd> listen_at(std::string const& path) {
    auto const address = address_of(path);
    if (!address) return address.error();
    if (auto removed = remove_stale(path, *address); !removed) return removed.error();
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return errno_error(errno, "make a socket for", printable(path));
    // Before the bind, so that there is no moment with a wider mode; after it, because the umask
    // may have narrowed it.
    ::fchmod(fd.get(), 0660);
    if (::bind(fd.get(), reinterpret_cast<sockaddr const*>(&*address), sizeof *address) != 0)
        return errno == EADDRINUSE
                   ? fail(errc::busy, "another daemon listens on " + printable(path))
                   : errno_error(errno, "make the socket", printable(path));
    if (::chmod(path.c_str(), 0660) != 0)
        return errno_error(errno, "set the mode of", printable(path));
    if (::listen(fd.get(), 16) != 0) return errno_error(errno, "listen on", printable(path));
    return fd;
}

result<peer> admitted_peer(int fd) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return errno_error(errno, "ask who is at", "the control socket");
    bool const is_admitted = who.uid == 0 || who.uid == ::geteuid() || who.gid == ::getegid() ||
                             is_in_group(fd, ::getegid());
    if (is_admitted) return peer{who.pid, who.uid, who.gid};
    return fail(
        errc::refused,
        fmt::format("user id {} may not command this daemon; root, user id {} and members of "
                    "group id {} may",
                    who.uid, ::geteuid(), ::getegid()));
}

}  // namespace setclick::control
