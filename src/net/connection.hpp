// One TLS connection and the exchange that is on it.
//
// A read is always under way, also while idle: so a server that closes, or that says what nobody
// asked for, is noticed before the connection is used again. The hot path is two callbacks with
// their own memory; coroutines only open.
#pragma once

#include <array>

#include "setclickd/net/answer_parser.hpp"
#include "setclickd/net/handler_memory.hpp"
#include "setclickd/net/lane.hpp"

namespace setclick::net {

class connection {
public:
    enum class status { opening, idle, busy, closed };

    connection(lane& owner, std::uint64_t number, std::uint64_t generation);

    void open();
    /// Takes a request from the source and sends it; false when there is none.
    bool begin();
    /// Deadlines and ages, by the pool's coarse clock.
    void tick();
    /// Closes; an exchange under way ends as `failure`.
    void close(delivery::transport_failure failure, std::string_view detail);

    status state() const noexcept { return status_; }
    std::uint64_t generation() const noexcept { return generation_; }
    /// Closed, and no operation of it is under way any more: may be destroyed.
    bool has_io() const noexcept { return status_ != status::opening && pending_ > 0; }
    bool is_over() const noexcept { return status_ == status::closed && pending_ == 0; }

private:
    struct read_handler;
    struct write_handler;

    boost::asio::awaitable<void, boost::asio::io_context::executor_type> run_open();
    void arm_read();
    void write_more();
    void on_read(boost::system::error_code ec, std::size_t n);
    void on_write(boost::system::error_code ec, std::size_t n);
    void on_bytes();
    void read_failed(boost::system::error_code ec);
    void answered(bool clean);
    void become_idle();
    void fail(delivery::transport_failure failure, std::string_view detail);
    void end_failed();
    bool nothing_left_over() const;
    void set_status(status to);
    void close_socket();

    static constexpr std::size_t buffer_size = 8192;

    lane& lane_;
    std::uint64_t const number_;
    std::uint64_t const generation_;
    std::shared_ptr<tls_client> tls_;  // its context must outlive the stream
    tls_stream stream_;
    opening opening_;
    answer_parser parser_;
    std::array<char, buffer_size> buffer_;
    std::size_t filled_ = 0;
    std::string request_;
    std::size_t written_of_request_ = 0;
    handler_block read_block_;
    handler_block write_block_;

    status status_ = status::opening;
    int pending_ = 0;  // operations under way
    bool write_pending_ = false;
    bool failed_ =
        false;  // the exchange failed, its end is told once the write under way has ended
    delivery::transport_failure failure_{};
    std::string detail_;
    std::uint64_t ticket_ = 0;
    std::uint64_t exchanges_ = 0;
    std::uint64_t mark_ = 0;  // the socket's byte count before this request
    steady_time deadline_{};
    steady_time idle_since_{};
    steady_time opened_at_{};
};

}  // namespace setclick::net
