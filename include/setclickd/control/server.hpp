// The daemon's side of the control socket.
//
// Promises: only root, the daemon's own user and members of its group get an answer (SO_PEERCRED,
// SO_PEERGROUPS; the socket itself is 0660); number of clients, length of a line and what waits to
// be sent are bounded; a client that is slow, silent or gone never holds up another one, nor the
// daemon. Never: takes over a socket on which somebody listens.
//
// Threads: the handler runs on the given executor (on a strand of its own); a `reply` may be used
// from any thread, also after the client or the server is gone, then it has no effect.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::control {

/// Who asks, by the kernel's own record.
struct peer {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
};

/// The way back to the client that asked. The first of `result` and `error` answers the request,
/// later ones have no effect; when the last copy goes without either, the client is told that there
/// was no answer.
class reply {
public:
    class line_sink;
    explicit reply(std::shared_ptr<line_sink> sink) : sink_(std::move(sink)) {}

    void progress(boost::json::object what) const;
    void result(boost::json::value what) const;
    void error(setclick::error const& e) const;

private:
    std::shared_ptr<line_sink> sink_;
};

/// Gets every request that is a JSON object. Must not throw; must not block for long.
using handler = std::function<void(boost::json::object request, peer from, reply to)>;

struct server_limits {
    std::size_t clients = 32;
    std::size_t unsent =
        std::size_t{1}
        << 20;  ///< bytes of progress that wait for a slow client; then it is dropped
    milliseconds idle{
        std::chrono::minutes{1}};  ///< without a request, or without reading its answer
};

class server {
public:
    /// Makes the socket and accepts from then on. `errc::busy` when another process listens there;
    /// a socket that a dead daemon left is replaced; anything else at this path is `errc::io` and
    /// stays.
    static result<std::unique_ptr<server>> open(boost::asio::any_io_executor executor,
                                                std::string path, handler on_request,
                                                server_limits limits = {});
    /// Closes the socket and every client, and removes the socket's name. The executor may still
    /// have to run for a moment.
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

private:
    class impl;
    explicit server(std::shared_ptr<impl> made);
    std::shared_ptr<impl> impl_;
};

}  // namespace setclick::control
