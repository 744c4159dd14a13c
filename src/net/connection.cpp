#include "connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/ssl.h>

namespace setclick::net {
namespace asio = boost::asio;
using delivery::transport_failure;
using delivery::wire_phase;

struct connection::read_handler {
    using allocator_type = block_allocator<void>;
    connection* self;
    allocator_type get_allocator() const noexcept {
        return block_allocator<void>(self->read_block_);
    }
    void operator()(boost::system::error_code ec, std::size_t n) const { self->on_read(ec, n); }
};

struct connection::write_handler {
    using allocator_type = block_allocator<void>;
    connection* self;
    allocator_type get_allocator() const noexcept {
        return block_allocator<void>(self->write_block_);
    }
    void operator()(boost::system::error_code ec, std::size_t n) const { self->on_write(ec, n); }
};

namespace {

transport_failure failure_of(boost::system::error_code ec) noexcept {
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
        return transport_failure::closed;
    return transport_failure::reset;
}

}  // namespace

connection::connection(lane& owner, std::uint64_t number, std::uint64_t generation)
    : lane_(owner),
      number_(number),
      generation_(generation),
      tls_(owner.tls_),
      stream_(counted_socket(owner.context_), tls_->context()) {
    ++lane_.counts_.opening;
}

void connection::set_status(status to) {
    auto const count = [this](status s) -> std::size_t* {
        switch (s) {
            case status::opening:
                return &lane_.counts_.opening;
            case status::idle:
                return &lane_.counts_.idle;
            case status::busy:
                return &lane_.counts_.busy;
            case status::closed:
                return nullptr;
        }
        return nullptr;
    };
    if (auto* const from = count(status_)) --*from;
    status_ = to;
    if (auto* const into = count(status_)) ++*into;
}

void connection::open() {
    ++pending_;
    asio::co_spawn(lane_.context_, run_open(), [this](std::exception_ptr e) {
        --pending_;
        if (e) close(transport_failure::cancelled, "internal error while opening");
        lane_.reap();
    });
}

asio::awaitable<void, asio::io_context::executor_type> connection::run_open() {
    if (status_ == status::closed) co_return;
    // A copy: a reload replaces the lane's while this waits.
    auto const settings = lane_.settings_.open;
    auto const failure = co_await net::open(stream_, *tls_, settings, &opening_);
    if (status_ == status::closed) co_return;
    if (failure) {
        set_status(status::closed);
        close_socket();
        lane_.source_.open_failed(*failure);
        lane_.wake();
        co_return;
    }
    opened_at_ = std::chrono::steady_clock::now();
    lane_.source_.opened();
    become_idle();
}

void connection::become_idle() {
    set_status(status::idle);
    idle_since_ = lane_.now_;
    filled_ = 0;
    parser_.reset();
    lane_.idle_.push_back(this);
    arm_read();
    lane_.wake();
}

void connection::arm_read() {
    ++pending_;
    stream_.async_read_some(asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_),
                            read_handler{this});
}

bool connection::begin() {
    if (!lane_.source_.take(lane_.now_, request_, ticket_)) return false;
    set_status(status::busy);
    ++exchanges_;
    failed_ = false;
    written_of_request_ = 0;
    mark_ = stream_.next_layer().written();
    deadline_ = lane_.now_ + lane_.settings_.attempt_timeout;
    write_more();
    return true;
}

void connection::write_more() {
    ++pending_;
    write_pending_ = true;
    // One call, one TLS record, one send: only a request beyond 16 KiB comes here twice.
    stream_.async_write_some(
        asio::buffer(request_.data() + written_of_request_, request_.size() - written_of_request_),
        write_handler{this});
}

void connection::on_write(boost::system::error_code ec, std::size_t n) {
    --pending_;
    write_pending_ = false;
    written_of_request_ += n;
    if (failed_) {
        end_failed();
    } else if (status_ == status::busy) {
        if (ec)
            fail(failure_of(ec), ec.message());
        else if (written_of_request_ < request_.size())
            write_more();
        else
            deadline_ = std::min(deadline_, lane_.now_ + lane_.settings_.response_timeout);
    }
    if (is_over()) lane_.reap();
}

void connection::on_read(boost::system::error_code ec, std::size_t n) {
    --pending_;
    if (status_ == status::idle) {
        // Before its use, not after: the server closed, or sent what nobody asked for.
        if (!ec) lane_.source_.stray(number_);
        close(transport_failure::closed, "");
    } else if (status_ == status::busy && !failed_) {
        filled_ += n;
        if (ec)
            read_failed(ec);
        else
            on_bytes();
    }
    if (is_over()) lane_.reap();
}

void connection::on_bytes() {
    std::size_t used = 0;
    auto const state = parser_.put({buffer_.data(), filled_}, used);
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(used),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= used;
    switch (state) {
        case answer_parser::state::more:
            if (filled_ == buffer_.size())
                fail(transport_failure::oversized_answer, "the answer's header is too long");
            else
                arm_read();
            return;
        case answer_parser::state::malformed:
            fail(transport_failure::malformed_answer, "the answer is not HTTP");
            return;
        case answer_parser::state::oversized:
            fail(transport_failure::oversized_answer, "the answer is too long");
            return;
        case answer_parser::state::complete:
            answered(filled_ == 0);
            return;
    }
}

void connection::read_failed(boost::system::error_code ec) {
    auto const kind = failure_of(ec);
    if (kind == transport_failure::closed && parser_.put_end() == answer_parser::state::complete)
        return answered(false);
    fail(kind, ec.message());
}

bool connection::nothing_left_over() const {
    auto* const ssl = const_cast<tls_stream&>(stream_).native_handle();
    return SSL_has_pending(ssl) == 0 && BIO_ctrl_pending(SSL_get_rbio(ssl)) == 0;
}

void connection::answered(bool clean) {
    bool const reusable = clean && !write_pending_ && parser_.keep_alive() && nothing_left_over() &&
                          generation_ == lane_.generation_ && !lane_.stopped_ &&
                          lane_.now_ - opened_at_ < lane_.settings_.max_age;
    exchange_end end;
    end.ticket = ticket_;
    end.now = lane_.now_;
    end.connection = number_;
    end.reused = exchanges_ > 1;
    end.answer = parser_.answer();
    end.phase = wire_phase::answered;
    lane_.source_.ended(end);
    if (reusable) return become_idle();
    set_status(status::closed);
    close_socket();
    lane_.wake();
}

void connection::fail(transport_failure failure, std::string_view detail) {
    failed_ = true;
    failure_ = failure;
    detail_ = detail;
    close_socket();
    // Whether bytes left is known only when the write under way has ended.
    if (!write_pending_) end_failed();
}

void connection::end_failed() {
    exchange_end end;
    end.ticket = ticket_;
    end.now = lane_.now_;
    end.connection = number_;
    end.reused = exchanges_ > 1;
    end.failure = failure_;
    end.detail = detail_;
    if (stream_.next_layer().written() == mark_)
        end.phase = wire_phase::not_sent;
    else if (parser_.began())
        end.phase = wire_phase::answered;
    else
        end.phase =
            written_of_request_ == request_.size() ? wire_phase::sent : wire_phase::partly_sent;
    failed_ = false;
    set_status(status::closed);
    lane_.source_.ended(end);
    lane_.wake();
}

void connection::tick() {
    auto const now = lane_.now_;
    if (status_ == status::busy && !failed_ && now >= deadline_) {
        bool const all_sent = !write_pending_ && written_of_request_ == request_.size();
        fail(all_sent ? transport_failure::response_timeout : transport_failure::write_timeout,
             all_sent ? "no complete answer in time" : "the request could not be sent in time");
    } else if (status_ == status::idle && (now - idle_since_ >= lane_.settings_.idle_timeout ||
                                           now - opened_at_ >= lane_.settings_.max_age)) {
        close(transport_failure::cancelled, "");
    }
}

void connection::close(transport_failure failure, std::string_view detail) {
    switch (status_) {
        case status::busy:
            if (!failed_) fail(failure, detail);
            return;
        case status::opening:
            opening_.give_up();
            break;
        case status::idle:
            std::erase(lane_.idle_, this);
            break;
        case status::closed:
            return;
    }
    set_status(status::closed);
    close_socket();
}

void connection::close_socket() {
    // No close_notify: every answer says itself where it ends, and a closing server must not delay
    // us.
    boost::system::error_code ignored;
    stream_.lowest_layer().close(ignored);
}

}  // namespace setclick::net
