#include "admission.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace setclick::control {
namespace {

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
