#include "worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

#include "connection.hpp"

namespace setclick::sandbox {
namespace {

task<> serve(worker& home, tcp_socket socket) {
    connection client(home, std::move(socket));
    co_await client.run();
}

}  // namespace

worker::~worker() = default;

void worker::adopt(tcp_socket socket) {
    asio::co_spawn(context_, serve(*this, std::move(socket)), asio::detached);
}

void worker::sweep(steady_time now) {
    // A connection ends in its own coroutine, never inside this loop: cancelling only queues its
    // handler.
    for (auto* const c : connections_)
        c->check_deadline(now);
}

}  // namespace setclick::sandbox
