#include "connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>

namespace setclick::net {
namespace asio = boost::asio;
using api::transport_failure;

connection::connection(connection_pool& owner, std::uint64_t number, std::uint64_t generation)
    : pool_(owner),
      number_(number),
      generation_(generation),
      stream_(owner.context_, owner.tls_),
      loop_(run()) {
    ++pool_.counts_.opening;
}

loop connection::run() {
    stream_.open(pool_.settings_.open, [this] { wait_.wake(); });
    co_await wait_.until(&connection::is_opened);
    if (became_open()) {
        for (;;) {
            become_idle();
            co_await wait_.until(&connection::is_wanted);
            if (status_ == status::idle) on_unasked();
            if (status_ == status::closed) break;

            // The answer may be complete, or the server gone, before the whole request was sent: both directions go on at once.
            send_first();
            while (!exchange_.is_over()) {
                co_await wait_.until(&connection::has_progress);
                if (write_.take_end()) on_written();
                if (read_.take_end()) on_read();
            }
            if (exchange_.at() == exchange::state::failed) {
                stream_.close();
                // Whether bytes left is known only when the write under way has ended.
                co_await wait_.until(&connection::is_write_over);
            } else if (write_.is_under_way()) {
                // Where a session ticket made the socket readable before the request was sent, a fast
                // answer is read before the end of its write, which is next in the queue.
                pass_a_turn();
                co_await wait_.until(&connection::has_turn_passed);
            }
            if (!give_back()) break;
        }
    }
    set_status(status::closed);
    stream_.close();
    pool_.wake();
    co_await wait_.until(&connection::is_io_over);
    pool_.reap();
}

/// False when it has failed, which is reported here, or was given up.
bool connection::became_open() {
    if (status_ == status::closed) return false;
    if (auto const& failure = stream_.failure()) {
        set_status(status::closed);
        pool_.source_.open_failed(*failure);
        return false;
    }
    opened_at_ = std::chrono::steady_clock::now();
    pool_.source_.opened(stream_.is_resumed());
    return status_ != status::closed;
}

void connection::become_idle() {
    set_status(status::idle);
    idle_since_ = pool_.now_;
    exchange_.clear();
    pool_.became_free(*this);
    read_more();
    pool_.wake();
}

/// A read that ended while no request was under way: the server closed, or sent what nobody asked for.
void connection::on_unasked() {
    pool_.no_longer_free(*this);
    set_status(status::closed);
    if (!read_.error) pool_.source_.stray(number_);
}

void connection::read_more() {
    auto const room = exchange_.room();
    stream_.io().async_read_some(asio::buffer(room.data(), room.size()), read_.begin());
}

bool connection::begin() {
    if (!pool_.source_.take(pool_.now_, exchange_.request, exchange_.ticket)) return false;
    ++exchanges_;
    stream_.begin_request();
    begun_at_ = pool_.now_;  // just read: it is sent at once
    exchange_.begin(begun_at_ + pool_.settings_.attempt_timeout);
    set_status(status::busy);
    wait_.wake();
    return true;
}

/// Between the request's turn and its first byte this process may have stood still.
void connection::send_first() {
    if (pool_.settings_.may_send && !pool_.settings_.may_send())
        return exchange_.fail(transport_failure::cancelled, "this node may not send any more");
    send_more();
}

void connection::send_more() {
    // One call, one TLS record, one send: only a request beyond 16 KiB comes here twice.
    auto const rest = exchange_.unsent();
    stream_.io().async_write_some(asio::buffer(rest.data(), rest.size()), write_.begin());
}

void connection::pass_a_turn() {
    turn_passed_ = false;
    asio::post(stream_.io().get_executor(), [this] {
        turn_passed_ = true;
        wait_.wake();
    });
}

namespace {

bool is_end_of_stream(boost::system::error_code ec) noexcept {
    return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated;
}

}  // namespace

void connection::on_written() {
    exchange_.on_sent(write_.bytes, pool_.now_ + pool_.settings_.response_timeout);
    if (exchange_.is_over()) return;
    if (write_.error)
        exchange_.fail(
            is_end_of_stream(write_.error) ? transport_failure::closed : transport_failure::reset,
            write_.error.message());
    else if (!exchange_.unsent().empty())
        send_more();
}

void connection::on_read() {
    if (is_end_of_stream(read_.error))
        exchange_.on_end_of_stream(read_.error.message());
    else if (read_.error)
        exchange_.fail(transport_failure::reset, read_.error.message());
    else
        exchange_.on_received(read_.bytes);
    if (!exchange_.is_over()) read_more();
}

/// Reports the end; true when the next request may use the connection.
bool connection::give_back() {
    if (write_.take_end()) on_written();
    auto end = exchange_.end(stream_.has_sent_nothing());
    end.now = pool_.now_;
    end.connection = number_;
    end.reused = exchanges_ > 1;
    if (end.answer) end.took = std::chrono::steady_clock::now() - begun_at_;
    if (!end.answer) set_status(status::closed);
    pool_.source_.ended(end);
    return may_keep();
}

bool connection::may_keep() const {
    return exchange_.may_reuse() && !write_.is_under_way() && !stream_.has_unread() &&
           status_ == status::busy && pool_.may_keep(generation_) &&
           pool_.now_ - opened_at_ < pool_.settings_.max_age;
}

void connection::tick() {
    auto const now = pool_.now_;
    if (status_ == status::busy) {
        exchange_.check_deadline(now);
        wait_.wake();
    } else if (status_ == status::idle && (now - idle_since_ >= pool_.settings_.idle_timeout ||
                                           now - opened_at_ >= pool_.settings_.max_age)) {
        close(transport_failure::cancelled, "");
    }
}

void connection::close(transport_failure failure, std::string_view detail) {
    switch (status_) {
        case status::busy:
            exchange_.fail(failure, detail);
            break;
        case status::opening:
            set_status(status::closed);
            stream_.give_up();
            break;
        case status::idle:
            pool_.no_longer_free(*this);
            set_status(status::closed);
            break;
        case status::closed:
            return;
    }
    wait_.wake();
}

void connection::reset(std::string_view detail) {
    stream_.reset_at_close();
    close(transport_failure::cancelled, detail);
}

void connection::set_status(status to) {
    auto const count = [this](status s) -> std::size_t* {
        switch (s) {
            case status::opening:
                return &pool_.counts_.opening;
            case status::idle:
                return &pool_.counts_.idle;
            case status::busy:
                return &pool_.counts_.busy;
            case status::closed:
                return nullptr;
        }
        return nullptr;
    };
    if (auto* const from = count(status_)) --*from;
    status_ = to;
    if (auto* const into = count(status_)) ++*into;
}

}  // namespace setclick::net
