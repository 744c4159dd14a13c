#include "connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include "setclickd/base/clock.hpp"

namespace setclick::web {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// Beside the head a few bytes of the next request may lie in the buffer.
constexpr std::size_t most_received = connection::most_head + 1024;
constexpr std::size_t at_once = 2048;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

/// What is wrong with something that is no request.
answer fault_of(boost::system::error_code ec) {
    if (ec == http::error::header_limit)
        return last_word(431, "the head of the request is too large");
    if (ec == http::error::bad_version) return last_word(505, "this is HTTP/1.1");
    if (ec == http::error::body_limit) return last_word(413, "no body is accepted");
    return last_word(400, "this is no request in HTTP");
}

}  // namespace

connection::connection(socket s, std::string client_name, bool is_by_socket, owner& to)
    : socket_(std::move(s)),
      client_(std::move(client_name)),
      is_by_socket_(is_by_socket),
      owner_(&to),
      since_(steady_now()),
      received_(most_received) {}

void connection::begin() {
    read();
}

void connection::enter(connection_stage stage) {
    stage_ = stage;
    since_ = steady_now();
}

void connection::close() {
    if (is_closed()) return;
    enter(connection_stage::closed);
    owner_ = nullptr;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void connection::look(steady_time now) {
    if (stage_ == connection_stage::holding && now - since_ >= held_.held_for)
        return write(std::move(held_));
    if (now - since_ >= longest(stage_)) close();
}

/// Between requests nothing is held but the socket.
void connection::wait_for_next() {
    if (received_.size() > 0) return read();
    enter(connection_stage::idle);
    received_.shrink_to_fit();
    socket_.async_wait(socket::wait_read,
                       [self = shared_from_this()](boost::system::error_code ec) {
                           if (self->is_closed()) return;
                           if (ec) return self->close();
                           self->read();
                       });
}

void connection::read() {
    enter(connection_stage::receiving);
    parser_.emplace();
    parser_->header_limit(most_head);
    parsed_ = 0;
    parse();
}

/// Beast's own limit is one of each piece that it is given, not of the whole.
void connection::parse() {
    boost::system::error_code ec = http::error::need_more;
    if (received_.size() > 0) {
        auto const size = parser_->put(received_.cdata(), ec);
        received_.consume(size);
        parsed_ += size;
        if (parsed_ > most_head) ec = http::error::header_limit;
    }
    if (ec == http::error::need_more && parsed_ + received_.size() >= most_head)
        ec = http::error::header_limit;
    if (ec == http::error::need_more) return read_more();
    if (ec) return refuse(ec);
    parser_->is_header_done() ? on_request() : read_more();
}

void connection::read_more() {
    auto const room = std::min<std::size_t>(at_once, most_received - received_.size());
    socket_.async_read_some(
        received_.prepare(room),
        [self = shared_from_this()](boost::system::error_code ec, std::size_t size) {
            if (self->is_closed()) return;
            if (ec) return self->close();
            self->received_.commit(size);
            self->parse();
        });
}

void connection::refuse(boost::system::error_code ec) {
    auto fault = fault_of(ec);
    owner_->misread(fault.status);
    how_ = {};
    is_head_ = false;
    write(std::move(fault));
}

void connection::on_request() {
    auto const& message = parser_->get();
    std::vector<std::string_view> hosts;
    std::vector<std::string_view> authorization;
    for (auto const& field : message) {
        if (field.name() == http::field::host) hosts.push_back(view(field.value()));
        if (field.name() == http::field::authorization)
            authorization.push_back(view(field.value()));
    }
    request_head head;
    head.method = view(message.method_string());
    head.target = view(message.target());
    head.hosts = hosts;
    head.authorization = authorization;
    head.accept_encoding = view(message[http::field::accept_encoding]);
    head.if_none_match = view(message[http::field::if_none_match]);
    head.is_by_script = view(message["Sec-Fetch-Dest"]) == "empty";
    head.has_body = message.count(http::field::transfer_encoding) > 0 ||
                    parser_->content_length().value_or(0) > 0;
    how_.keeps_alive = message.keep_alive();
    how_.is_old = message.version() < 11;
    is_head_ = head.method == "HEAD";
    enter(connection_stage::answering);
    owner_->asked(*this, head);
}

void connection::send(answer a) {
    if (stage_ != connection_stage::answering) return;
    if (a.held_for == milliseconds{0}) return write(std::move(a));
    held_ = std::move(a);
    enter(connection_stage::holding);
}

void connection::write(answer a) {
    parser_.reset();
    how_.keeps_alive = how_.keeps_alive && !a.closes;
    how_.now = wall_now();
    head_ = head_of(a, how_);
    body_ = is_head_ ? nullptr : std::move(a.body);
    enter(connection_stage::sending);
    std::array<asio::const_buffer, 2> const parts{
        asio::buffer(head_), body_ ? asio::buffer(*body_) : asio::const_buffer()};
    asio::async_write(socket_, parts,
                      [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                          if (!self->is_closed()) self->on_sent(ec);
                      });
}

void connection::on_sent(boost::system::error_code ec) {
    body_.reset();
    if (ec) return close();
    if (!how_.keeps_alive) return leave();
    wait_for_next();
}

/// What still comes is read and thrown away for a moment: a reset would take the answer from the client again.
void connection::leave() {
    boost::system::error_code ec;
    socket_.shutdown(socket::shutdown_send, ec);
    if (ec) return close();
    enter(connection_stage::leaving);
    discard();
}

void connection::discard() {
    received_.clear();
    socket_.async_read_some(received_.prepare(at_once),
                            [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                                if (self->is_closed()) return;
                                if (ec) return self->close();
                                self->discard();
                            });
}

}  // namespace setclick::web
