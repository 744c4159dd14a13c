#include "server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::web {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr int clients_a_turn = 16;
constexpr milliseconds tick{250};

}  // namespace

server::server(asio::io_context& context, responder& answers, listener at, seat_limits limits)
    : context_(context),
      answers_(answers),
      listener_(std::move(at)),
      limits_(limits),
      queue_(context, listener_.fd()),
      pause_(context),
      tick_(context) {
    wait_for_clients();
}

server::~server() {
    queue_.release();  // the descriptor is the listener's
    for (auto const& c : connections_)
        c->close();
}

void server::wait_for_clients() {
    queue_.async_wait(descriptor::wait_read,
                      [this, life = std::weak_ptr(life_)](boost::system::error_code ec) {
                          if (!ec && !life.expired()) take_clients();
                      });
}

void server::take_clients() {
    for (int n = 0; n < clients_a_turn; ++n) {
        listener::guest guest;
        switch (listener_.take(guest)) {
            case listener::arrival::guest:
                welcome(std::move(guest));
                continue;
            case listener::arrival::nobody:
                return wait_for_clients();
            case listener::arrival::shortage:
                return on_shortage();
        }
    }
    wait_for_clients();
}

/// Neither a reason to spin nor to give up.
void server::on_shortage() {
    if (auto const notice = shortage_.trouble(steady_now()))
        log_line(level::warn,
                 "the web face has no descriptor or no memory for a client; it tries again",
                 {{"count", notice->count}});
    pause_.expires_after(std::chrono::seconds{1});
    pause_.async_wait([this, life = std::weak_ptr(life_)](boost::system::error_code ec) {
        if (!ec && !life.expired()) take_clients();
    });
}

void server::welcome(listener::guest guest) {
    std::erase_if(connections_, [](auto const& c) { return c->is_closed(); });
    std::vector<seat> seats;
    seats.reserve(connections_.size());
    for (auto const& c : connections_)
        seats.push_back(c->as_seat());
    auto const decided = seat_for(guest.client, seats, steady_now(), limits_);
    if (decided.closes) connections_[*decided.closes]->close();
    if (!decided.is_taken) return;
    int family = AF_INET;
    socklen_t size = sizeof family;
    ::getsockopt(guest.fd.get(), SOL_SOCKET, SO_DOMAIN, &family, &size);
    connection::socket socket(context_);
    boost::system::error_code ec;
    socket.assign(connection::protocol(family, 0), guest.fd.get(), ec);
    if (ec) return;
    guest.fd.release();
    auto made = std::make_shared<connection>(std::move(socket), std::move(guest.client),
                                             listener_.is_unix(), *this);
    connections_.push_back(made);
    made->begin();
    if (!is_ticking_) look_again();
}

/// Only while there is somebody: an idle daemon sleeps.
void server::look_again() {
    is_ticking_ = true;
    tick_.expires_after(tick);
    tick_.async_wait([this, life = std::weak_ptr(life_)](boost::system::error_code ec) {
        if (!ec && !life.expired()) look();
    });
}

void server::look() {
    auto const now = steady_now();
    for (auto const& c : connections_)
        c->look(now);
    std::erase_if(connections_, [](auto const& c) { return c->is_closed(); });
    is_ticking_ = false;
    if (!connections_.empty()) look_again();
}

void server::asked(connection& on, request_head const& what) {
    auto const answer_to = [to = on.weak_from_this()](answer a) {
        if (auto const c = to.lock()) c->send(std::move(a));
    };
    answers_.respond(what, on.client(), answer_to);
}

void server::misread(unsigned status) {
    answers_.count_unread(status);
}

}  // namespace setclick::web
