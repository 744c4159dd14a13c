// One network thread: an io_context, its connections and their deadlines. Nothing is shared between
// two of them but the service.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unordered_set>

#include "service.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

namespace asio = boost::asio;

// Typed all through: any_io_executor costs an indirect call and a reference count for each
// operation.
using net_executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, net_executor>;
using tls_stream = asio::ssl::stream<tcp_socket>;
template <class T = void>
using task = asio::awaitable<T, net_executor>;

inline constexpr asio::as_tuple_t<asio::use_awaitable_t<net_executor>> as_result{};

class connection;

class worker {
public:
    worker(service& s, asio::ssl::context& tls) : service_(s), tls_(tls) {}
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    ~worker();

    asio::io_context& context() noexcept { return context_; }
    /// From any thread: the connection lives on this worker's thread from then on.
    void adopt(tcp_socket socket);
    /// Ends the connections whose deadline has passed; on this worker's thread.
    void sweep(steady_time now);

private:
    friend class connection;

    service& service_;
    asio::ssl::context& tls_;
    std::unordered_set<connection*> connections_;
    asio::io_context context_{
        1};  // last: its coroutines take themselves off the set when they are destroyed
};

}  // namespace setclick::sandbox
