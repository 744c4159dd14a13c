// A TCP socket that counts the bytes the kernel took from us: after a failure this decides between
// "nothing of the request was sent" (safe to send again) and "in doubt".
#pragma once

#include <boost/asio/associator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <utility>

namespace setclick::net {

/// Typed executor: no type erasure on the hot path.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Passes the number of written bytes by before it calls the handler.
template <class Handler>
struct counting_handler {
    std::uint64_t* written;
    Handler next;

    void operator()(boost::system::error_code ec, std::size_t n) {
        *written += n;
        std::move(next)(ec, n);
    }
};

class counted_socket {
public:
    using executor_type = tcp_socket::executor_type;
    using lowest_layer_type = tcp_socket::lowest_layer_type;

    explicit counted_socket(boost::asio::io_context& context) : socket_(context) {}

    executor_type get_executor() noexcept { return socket_.get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return socket_.lowest_layer(); }
    tcp_socket& socket() noexcept { return socket_; }
    std::uint64_t written() const noexcept { return written_; }

    template <class Buffers, class Handler>
    void async_read_some(Buffers const& buffers, Handler&& handler) {
        socket_.async_read_some(buffers, std::forward<Handler>(handler));
    }
    template <class Buffers, class Handler>
    void async_write_some(Buffers const& buffers, Handler&& handler) {
        socket_.async_write_some(buffers, counting_handler<std::decay_t<Handler>>{
                                              &written_, std::forward<Handler>(handler)});
    }

private:
    tcp_socket socket_;
    std::uint64_t written_ = 0;
};

}  // namespace setclick::net

/// The wrapped handler's executor and allocator are the wrapper's too.
template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, setclick::net::counting_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(setclick::net::counting_handler<Handler> const& h,
                    Default const& d = Default()) noexcept {
        return Associator<Handler, Default>::get(h.next, d);
    }
};
