#include "listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "setclickd/base/text.hpp"
#include "setclickd/control/unix_listener.hpp"

namespace setclick::web {
namespace {

constexpr int queue_length = 128;

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

result<addresses> addresses_of(settings::listen_address const& at) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    int const failed =
        ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found);
    if (failed != 0)
        return fail(
            errc::not_found,
            fmt::format("the name {} cannot be resolved: {}; write an address of this machine",
                        printable(at.host), ::gai_strerror(failed)));
    return addresses(found, &::freeaddrinfo);
}

error cannot_bind(int value, settings::listen_address const& at) {
    auto const where = fmt::format("{} port {}", printable(at.host), at.port);
    switch (value) {
        case EADDRINUSE:
            return fail(
                errc::busy,
                where +
                    " is in use by another process; free it (`ss -ltnp` names the process), or set "
                    "metrics.listen to another port");
        case EADDRNOTAVAIL:
            return fail(
                errc::not_found,
                where +
                    " is no address of this machine now; bring it up (`ip address` lists them), "
                    "or set metrics.listen to another one");
        case EACCES:
        case EPERM:
            return fail(errc::refused, where +
                                           " may not be listened on by this user; set "
                                           "metrics.listen to a port from 1024 on");
        default:
            return errno_error(value, "listen on", where);
    }
}

result<unique_fd> listen_on(settings::listen_address const& at) {
    auto const found = addresses_of(at);
    if (!found) return found.error();
    auto const& first = **found;
    unique_fd fd{::socket(first.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return cannot_bind(errno, at);
    int const yes = 1;
    // What an earlier run of ours left in TIME_WAIT is no reason to wait.
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(fd.get(), first.ai_addr, first.ai_addrlen) != 0) return cannot_bind(errno, at);
    if (::listen(fd.get(), queue_length) != 0) return cannot_bind(errno, at);
    return fd;
}

/// Neighbours in an IPv6 network are one client: each of them has addresses without number.
std::string name_of(sockaddr_storage const& from) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (from.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &from, sizeof v4);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else if (from.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &from, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) == 0 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) == 0)
            std::memset(v6.sin6_addr.s6_addr + 8, 0, 8);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

std::string user_at(int fd) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return "unknown user";
    return fmt::format("uid {}", who.uid);
}

}  // namespace

result<listener> listener::open(settings::listen_address const& at) {
    bool const is_unix = at.what == settings::listen_address::kind::unix_socket;
    auto fd = is_unix ? control::listen_at(at.path, "metrics.listen") : listen_on(at);
    if (!fd) return fd.error();
    return listener(std::move(*fd), at.path);
}

listener::~listener() {
    if (fd_ && !path_.empty()) ::unlink(path_.c_str());
}

auto listener::take(guest& into) const -> arrival {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    int const taken = ::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&from), &size,
                                SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (taken < 0) {
        switch (errno) {
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:
                return arrival::shortage;
            default:  // nobody, or one that is gone again
                return arrival::nobody;
        }
    }
    into.fd = unique_fd(taken);
    into.client = is_unix() ? user_at(taken) : name_of(from);
    if (!is_unix()) {
        int const yes = 1;
        ::setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return arrival::guest;
}

}  // namespace setclick::web
