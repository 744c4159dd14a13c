// One client of the control socket. Private to the module.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <memory>
#include <string>

#include "setclickd/control/server.hpp"

namespace setclick::control {

using socket_type =
    boost::asio::basic_stream_socket<boost::asio::local::stream_protocol,
                                     boost::asio::strand<boost::asio::any_io_executor>>;

/// Reads a request, sends its answer, reads the next. Everything but `send` runs on the
/// socket's strand. Lives as long as an operation of its own is under way.
class session : public std::enable_shared_from_this<session> {
public:
    session(socket_type socket, peer from, std::shared_ptr<handler const> on_request,
            server_limits limits);

    void start();
    void close();
    bool is_open() const { return socket_.is_open(); }

    /// From any thread. `is_final`: the request is answered with this line.
    void send(boost::json::object line, bool is_final);
    /// Says one line and hangs up: for a client that gets no session.
    void dismiss(error const& e);

private:
    void read();
    void read_next();
    void on_line(std::size_t size);
    void queue(std::string line, bool is_final);
    void write();
    void arm();

    socket_type socket_;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::strand<boost::asio::any_io_executor>>
        timer_;
    peer from_;
    std::shared_ptr<handler const> on_request_;
    server_limits limits_;
    std::string received_;
    std::deque<std::string> unsent_;
    std::size_t unsent_bytes_ = 0;
    bool is_writing_ = false;
    bool is_reading_ = false;
    bool is_asked_ = false;  ///< a request is under way: silence is the daemon's, not the client's
    bool closes_after_ = false;
};

}  // namespace setclick::control
