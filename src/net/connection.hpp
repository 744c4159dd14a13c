// One TLS connection: a loop that opens it, sends one request after the other and reads their answers, until it is closed.
//
// Promises: while it is open a read is under way, also while no request is: a server that closes, or sends what nobody asked for,
// is noticed before the connection is used again. Each request that was taken from the source is reported to it, once.
// Never: decides whether a request goes again, or writes two requests at a time.
#pragma once

#include <cstdint>
#include "client_stream.hpp"
#include "connection_pool.hpp"
#include "exchange.hpp"
#include "loop.hpp"
#include "operation.hpp"

namespace setclick::net {

class connection {
public:
    enum class status : std::uint8_t { opening, idle, busy, closed };

    connection(connection_pool& owner, std::uint64_t number, std::uint64_t generation);
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    /// Begins to open.
    void start() { loop_.start(); }
    /// While idle: takes a request from the source and sends it; false when there is none.
    bool begin();
    /// Deadlines and ages, by the pool's coarse clock.
    void tick();
    /// Ends it soon, wherever it waits; an exchange under way ends as `failure`.
    void close(api::transport_failure failure, std::string_view detail);
    /// The same, with a reset.
    void reset(std::string_view detail);

    status state() const noexcept { return status_; }
    /// Closed, and no operation of it is under way any more: may be destroyed.
    bool is_over() const noexcept { return loop_.is_over(); }

private:
    loop run();

    // What the loop waits for.
    bool is_opened() const { return stream_.has_opened() || status_ == status::closed; }
    bool is_wanted() const { return status_ != status::idle || read_.has_ended(); }
    bool has_progress() const {
        return exchange_.is_over() || write_.has_ended() || read_.has_ended();
    }
    bool is_write_over() const { return !write_.is_under_way(); }
    bool has_turn_passed() const { return turn_passed_; }
    bool is_io_over() const {
        return stream_.has_opened() && !write_.is_under_way() && !read_.is_under_way();
    }

    bool became_open();
    void become_idle();
    void on_unasked();
    void read_more();
    void send_first();
    void send_more();
    void on_read();
    void on_written();
    void pass_a_turn();
    bool give_back();
    bool may_keep() const;
    void set_status(status to);

    connection_pool& pool_;
    std::uint64_t const number_;
    std::uint64_t const generation_;
    client_stream stream_;
    exchange exchange_;
    std::uint64_t exchanges_ = 0;
    status status_ = status::opening;
    steady_time opened_at_{};
    steady_time idle_since_{};
    steady_time begun_at_{};  // the present exchange
    wait_point<connection> wait_{*this};
    operation<connection> read_{wait_};
    operation<connection> write_{wait_};
    bool turn_passed_ = true;  // of the event loop, since it was asked for
    loop loop_;
};

}  // namespace setclick::net
