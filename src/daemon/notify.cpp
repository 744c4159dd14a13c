// The protocol of sd_notify(3): one datagram with assignments to $NOTIFY_SOCKET. Written out here
// because libsystemd would bring six further libraries and 2 MiB of memory into the process for it.
#include "notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "setclickd/base/unique_fd.hpp"

namespace setclick::daemon {
namespace {

void send(std::string_view text) {
    auto const* const path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const length = std::strlen(path);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
    unique_fd const fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd.get() < 0) return;
    auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
             reinterpret_cast<sockaddr const*>(&address), size);
}

std::optional<std::uint64_t> number_in(char const* name) {
    auto const* const text = std::getenv(name);
    if (text == nullptr) return std::nullopt;
    std::uint64_t value = 0;
    auto const* const end = text + std::strlen(text);
    auto const [at, ec] = std::from_chars(text, end, value);
    if (ec != std::errc{} || at != end) return std::nullopt;
    return value;
}

}  // namespace

void notify_ready() {
    send("READY=1");
}
void notify_stopping() {
    send("STOPPING=1");
}
void notify_start_takes(milliseconds more) {
    send("EXTEND_TIMEOUT_USEC=" + std::to_string(more.count() * 1000));
}
void notify_reloading() {
    send("RELOADING=1");
}
void notify_status(std::string const& line) {
    send("STATUS=" + line);
}
void notify_watchdog() {
    send("WATCHDOG=1");
}

std::optional<milliseconds> watchdog_interval() {
    auto const microseconds = number_in("WATCHDOG_USEC");
    auto const pid = number_in("WATCHDOG_PID");
    if (!microseconds || *microseconds == 0) return std::nullopt;
    if (pid && *pid != static_cast<std::uint64_t>(::getpid())) return std::nullopt;
    return milliseconds{*microseconds / 1000};
}

}  // namespace setclick::daemon
