#include "connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>

namespace setclick::sandbox {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t first_buffer = 16 * 1024;  // one TLS record
constexpr milliseconds handshake_limit = 30s;
constexpr milliseconds reading_limit = 60s;
constexpr milliseconds closing_limit = 1s;
/// Long enough that a client on the same machine has taken the first piece before the second comes.
constexpr milliseconds pause_between_pieces = 5ms;

int status_of(boost::beast::error_code const& ec) {
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
    if (ec == http::error::body_limit) return 413;
    return 400;
}

}  // namespace

connection::connection(worker& home, tcp_socket socket)
    : home_(home),
      service_(home.service_),
      stream_(std::move(socket), home.tls_),
      timer_(home.context_.get_executor()),
      buffer_(first_buffer) {
    boost::system::error_code ignored;
    stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
    service_.open_connection(peer_);
    home_.connections_.insert(this);
}

connection::~connection() {
    home_.connections_.erase(this);
    service_.close_connection(peer_);
}

void connection::enter(phase p, milliseconds limit) {
    phase_ = p;
    deadline_ = limit.count() > 0 ? std::chrono::steady_clock::now() + limit : never;
}

void connection::check_deadline(steady_time now) {
    if (now < deadline_) return;
    deadline_ = never;
    boost::system::error_code ignored;
    // An idle connection is closed as servers do it, with a TLS close; the coroutine sees its read
    // cancelled.
    if (phase_ == phase::idle)
        stream_.next_layer().cancel(ignored);
    else
        stream_.next_layer().close(ignored);
}

task<> connection::run() {
    enter(phase::handshake, handshake_limit);
    auto const [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
    if (ec) co_return;
    bool goes_on = true;
    while (goes_on)
        goes_on = co_await serve_one();
}

task<bool> connection::serve_one() {
    auto const end = co_await read_request();
    switch (end) {
        case read_end::request:
            break;
        case read_end::closed:
            co_await close();
            co_return false;
        case read_end::reset:
            reset();
            co_return false;
        case read_end::unreadable:
            out_.clear();
            service_.on_unreadable(request_, peer_, unreadable_status_, moment_now(), out_);
            co_await write(out_);
            // Closing with bytes unread would reset the connection, and the answer with it.
            enter(phase::closing, closing_limit);
            co_await swallow_until_closed();
            co_return false;
    }
    out_.clear();
    enter(phase::answering, milliseconds{0});
    auto plan = service_.on_request(request_, peer_, fault_, moment_now(), out_);
    co_return co_await carry_out(std::move(plan));
}

task<connection::read_end> connection::read_request() {
    request_.clear();
    parser_.emplace(request_);
    bool has_begun = false;  // the service knows of the head
    bool is_first = true;
    while (!request_.is_complete) {
        if (begin_ == end_ || !is_first) {
            if (begin_ == end_ && !parser_->got_some()) enter(phase::idle, service_.idle_close());
            bool const has_more = co_await fill();
            if (!has_more) {
                // Only what was begun is worth a line; a close between two requests is the normal
                // end.
                if (parser_->got_some() || begin_ != end_)
                    service_.on_broken(request_, peer_, moment_now());
                co_return read_end::closed;
            }
            if (phase_ != phase::reading) enter(phase::reading, reading_limit);
        }
        is_first = false;
        boost::beast::error_code ec;
        auto const used =
            parser_->put(asio::const_buffer(buffer_.data() + begin_, end_ - begin_), ec);
        consume(used);
        if (ec && ec != http::error::need_more) {
            unreadable_status_ = status_of(ec);
            co_return read_end::unreadable;
        }
        if (!request_.has_head || has_begun) continue;
        has_begun = true;
        fault_ = service_.on_head(request_, peer_, moment_now());
        if (fault_ == fault_kind::reset_before_read) co_return read_end::reset;
        if (request_.expects_continue && !request_.is_complete)
            co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    co_return read_end::request;
}

void connection::consume(std::size_t count) {
    if (service_.wants_raw()) request_.raw.append(buffer_.data() + begin_, count);
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

task<bool> connection::fill() {
    if (end_ == buffer_.size()) {
        // The rest of an unfinished head moves to the front; a head that fills the buffer needs a
        // larger one.
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    }
    auto const [ec, count] = co_await stream_.async_read_some(
        asio::buffer(buffer_.data() + end_, buffer_.size() - end_), as_result);
    if (ec) co_return false;
    end_ += count;
    co_return true;
}

task<bool> connection::carry_out(exchange_plan plan) {
    if (plan.wait.count() > 0) co_await pause(plan.wait);
    switch (plan.end) {
        case ending::reset:
            reset();
            co_return false;
        case ending::stall:
            co_await swallow_until_closed();
            co_return false;
        case ending::keep:
        case ending::close:
            break;
    }
    bool is_written = false;
    if (plan.byte_interval.count() > 0)
        is_written = co_await write_slowly(out_, plan.byte_interval);
    else if (!plan.pauses.empty())
        is_written = co_await write_apart(out_, plan.pauses);
    else
        is_written = co_await write(out_);
    if (!is_written) co_return false;
    if (plan.end == ending::keep) co_return true;
    co_await close();
    co_return false;
}

task<bool> connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const [ec, count] =
            co_await stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), as_result);
        if (ec) co_return false;
        bytes.remove_prefix(count);
    }
    co_return true;
}

task<bool> connection::write_slowly(std::string_view bytes, milliseconds interval) {
    while (!bytes.empty()) {
        bool const is_written = co_await write(bytes.substr(0, 1));
        if (!is_written) co_return false;
        bytes.remove_prefix(1);
        if (!bytes.empty()) co_await pause(interval);
    }
    co_return true;
}

task<bool> connection::write_apart(std::string_view bytes, std::vector<std::size_t> const& pauses) {
    std::size_t from = 0;
    for (auto const at : pauses) {
        bool const is_written = co_await write(bytes.substr(from, at - from));
        if (!is_written) co_return false;
        co_await pause(pause_between_pieces);
        from = at;
    }
    co_return co_await write(bytes.substr(from));
}

task<> connection::pause(milliseconds d) {
    timer_.expires_after(d);
    co_await timer_.async_wait(as_result);
}

task<> connection::swallow_until_closed() {
    for (;;) {
        begin_ = end_ = 0;
        bool const has_more = co_await fill();
        if (!has_more) co_return;
    }
}

task<> connection::close() {
    enter(phase::closing, closing_limit);
    co_await stream_.async_shutdown(as_result);
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
}

void connection::reset() {
    boost::system::error_code ignored;
    stream_.next_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    stream_.next_layer().close(ignored);
}

}  // namespace setclick::sandbox
