#include "setclickd/control/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "protocol.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::control {

namespace json = boost::json;

namespace {

/// Until the deadline: true when the descriptor is ready.
result<bool> wait_for(int fd, short events, steady_time deadline) {
    for (;;) {
        auto const left =
            std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd one{fd, events, 0};
        int const n = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (n > 0) return true;
        if (n < 0 && errno != EINTR) return errno_error(errno, "wait for", "the daemon");
    }
}

error unreachable(std::string const& path, std::string const& why) {
    return fail(errc::unreachable,
                "the daemon cannot be reached at " + printable(path, 4096) + ": " + why);
}

error from_daemon(json::value const& e) {
    auto const* object = e.if_object();
    auto const* code = object == nullptr ? nullptr : object->if_contains("code");
    auto const* message = object == nullptr ? nullptr : object->if_contains("message");
    if (code == nullptr || !code->is_string() || message == nullptr || !message->is_string())
        return fail(errc::io, "the daemon answered with an error that this version cannot read");
    return fail(errc_named(code->get_string()), std::string(message->get_string()));
}

}  // namespace

result<client> client::connect(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail(errc::config,
                    "the control socket's path is empty or too long: " + printable(path, 4096));
    std::memcpy(address.sun_path, path.data(), path.size());
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return errno_error(errno, "make a socket for", printable(path, 4096));
    if (::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0)
        return client(std::move(fd), path);
    switch (errno) {
        case ENOENT:
        case ECONNREFUSED:
            return unreachable(path, "it does not run");
        case EAGAIN:
            return fail(errc::busy, "the daemon at " + printable(path, 4096) +
                                        " runs, but is too busy to answer; try again");
        case EACCES:
        case EPERM:
            return fail(errc::refused,
                        "this user may not talk to the daemon (" + printable(path, 4096) +
                            "); run the command as root, or as a member of the daemon's group");
        default:
            return unreachable(path, errno_text(errno));
    }
}

result<void> client::send(std::string_view bytes, milliseconds patience) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!bytes.empty()) {
        auto const n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        // A daemon that sends the client away does not read its request: what it sent is still to
        // be read.
        if (errno == EPIPE) return {};
        if (errno != EAGAIN && errno != EINTR) return unreachable(path_, errno_text(errno));
        auto const ready = wait_for(fd_.get(), POLLOUT, deadline);
        if (!ready) return ready.error();
        if (!*ready)
            return unreachable(path_,
                               "it did not take the request within " + duration_text(patience));
    }
    return {};
}

result<std::string> client::receive_line(milliseconds patience) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    for (std::size_t searched = 0;;) {
        if (auto const at = received_.find('\n', searched); at != std::string::npos) {
            auto line = received_.substr(0, at);
            received_.erase(0, at + 1);
            return line;
        }
        searched = received_.size();
        if (searched > max_answer) return unreachable(path_, "its answer has no end");
        char buffer[16384];
        auto const n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (n > 0) {
            received_.append(buffer, static_cast<std::size_t>(n));
            continue;
        }
        if (n == 0) return unreachable(path_, "it hung up");
        if (errno != EAGAIN && errno != EINTR) return unreachable(path_, errno_text(errno));
        auto const ready = wait_for(fd_.get(), POLLIN, deadline);
        if (!ready) return ready.error();
        if (!*ready)
            return unreachable(path_, "it did not answer within " + duration_text(patience));
    }
}

bool client::is_closed() const {
    if (!received_.empty()) return false;
    char next;
    auto const n = ::recv(fd_.get(), &next, 1, MSG_PEEK);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

result<json::value> client::call(json::object const& request, milliseconds patience,
                                 progress_fn const& on_progress) {
    if (auto sent = send(json::serialize(request) + "\n", patience); !sent) return sent.error();
    for (;;) {
        auto const line = receive_line(patience);
        if (!line) return line.error();
        boost::system::error_code ec;
        auto parsed = json::parse(*line, ec);
        auto* object = ec ? nullptr : parsed.if_object();
        if (object == nullptr)
            return fail(errc::io, "the daemon answered with something that is no JSON object");
        if (auto const* failure = object->if_contains("error")) return from_daemon(*failure);
        if (auto* done = object->if_contains("result")) return std::move(*done);
        auto const* step = object->if_contains("progress");
        if (step != nullptr && step->is_object() && on_progress) on_progress(step->get_object());
    }
}

}  // namespace setclick::control
