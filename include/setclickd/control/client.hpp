// The commands' side of the control socket: blocking calls with a deadline.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::control {

class client {
public:
    using progress_fn = std::function<void(boost::json::object const&)>;

    /// `errc::unreachable` when no daemon listens there, `errc::refused` when this user may not
    /// talk to it.
    static result<client> connect(std::string const& path);

    /// Sends one request and waits for its answer. `patience` is for each line, so that a long
    /// command with progress may take longer; `errc::unreachable` when it is over, or when the
    /// daemon goes away. The daemon's own errors come as they are.
    result<boost::json::value> call(boost::json::object const& request, milliseconds patience = 10s,
                                    progress_fn const& on_progress = {});

    /// The daemon has hung up, and everything that it sent was read: it closes what asks nothing
    /// for a while (`server_limits::idle`). Another call needs another connection.
    bool is_closed() const;

private:
    client(unique_fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
    result<void> send(std::string_view bytes, milliseconds patience);
    result<std::string> receive_line(milliseconds patience);

    unique_fd fd_;
    std::string path_;
    std::string received_;
};

}  // namespace setclick::control
