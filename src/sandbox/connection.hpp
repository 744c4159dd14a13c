// One TLS connection of a client: reads requests into reused memory, carries out the service's
// plans.
//
// Promise: an answer is one contiguous buffer and, unless a plan asks otherwise, one write.
// Lives on its worker's thread.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>
#include <vector>

#include "request.hpp"
#include "worker.hpp"

namespace setclick::sandbox {

class connection {
public:
    connection(worker& home, tcp_socket socket);
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection();

    /// Until either side ends it.
    task<> run();
    void check_deadline(steady_time now);

private:
    enum class phase { handshake, idle, reading, answering, closing };
    enum class read_end { request, closed, unreadable, reset };

    task<bool> serve_one();
    task<read_end> read_request();
    task<bool> fill();
    task<bool> carry_out(exchange_plan plan);
    task<bool> write(std::string_view bytes);
    task<bool> write_slowly(std::string_view bytes, milliseconds interval);
    task<bool> write_apart(std::string_view bytes, std::vector<std::size_t> const& pauses);
    task<> pause(milliseconds d);
    task<> swallow_until_closed();
    task<> close();
    void reset();
    void enter(phase p, milliseconds limit);
    void consume(std::size_t count);

    worker& home_;
    service& service_;
    tls_stream stream_;
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, net_executor>
        timer_;
    peer peer_;
    phase phase_ = phase::handshake;
    steady_time deadline_ = never;

    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // what of the buffer is still to be parsed
    request request_;
    std::optional<request_parser> parser_;
    fault_kind fault_ = fault_kind::none;
    int unreadable_status_ = 400;
    std::string out_;
};

}  // namespace setclick::sandbox
