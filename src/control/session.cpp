#include "session.hpp"

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol.hpp"

namespace setclick::control {

namespace asio = boost::asio;
namespace json = boost::json;

/// What the copies of one reply share. The session may go first.
class reply::line_sink {
public:
    explicit line_sink(std::weak_ptr<session> to) : to_(std::move(to)) {}
    line_sink(line_sink const&) = delete;
    line_sink& operator=(line_sink const&) = delete;
    ~line_sink() {
        send(
            error_line(fail(errc::io, "the daemon did not answer this request; its log says more")),
            true);
    }

    void send(json::object line, bool is_final) {
        if (is_final ? is_answered_.exchange(true) : is_answered_.load()) return;
        if (auto const session = to_.lock()) session->send(std::move(line), is_final);
    }

private:
    std::weak_ptr<session> to_;
    std::atomic<bool> is_answered_ = false;
};

void reply::progress(json::object what) const {
    sink_->send({{"progress", std::move(what)}}, false);
}
void reply::result(json::value what) const {
    sink_->send({{"result", std::move(what)}}, true);
}
void reply::error(setclick::error const& e) const {
    sink_->send(error_line(e), true);
}

session::session(socket_type socket, peer from, std::shared_ptr<handler const> on_request,
                 server_limits limits)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      from_(from),
      on_request_(std::move(on_request)),
      limits_(limits) {}

void session::start() {
    read();
}

void session::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
}

void session::send(json::object line, bool is_final) {
    auto text = json::serialize(line) + "\n";
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), text = std::move(text), is_final]() mutable {
                   self->queue(std::move(text), is_final);
               });
}

void session::dismiss(error const& e) {
    closes_after_ = true;
    queue(json::serialize(error_line(e)) + "\n", true);
}

/// One deadline for whatever the client owes: a request, or reading what was sent to it. The timer
/// also keeps the session while the handler works, when no other operation does: until `close`, or
/// until the executor ends.
void session::arm() {
    bool const client_is_due = is_writing_ || !is_asked_;
    timer_.expires_after(client_is_due ? limits_.idle : milliseconds{std::chrono::hours{24 * 365}});
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->close();
    });
}

/// The next request, once the client has taken everything that it asked for: one that asks and
/// never reads gets one answer, not our memory, and the time for taking it is not begun anew.
void session::read_next() {
    if (!is_asked_ && !is_writing_ && !is_reading_ && !closes_after_) read();
}

void session::read() {
    is_reading_ = true;
    arm();
    asio::async_read_until(
        socket_, asio::dynamic_buffer(received_, max_line), '\n',
        [self = shared_from_this()](boost::system::error_code ec, std::size_t size) {
            self->is_reading_ = false;
            if (!ec) return self->on_line(size);
            if (ec == asio::error::not_found)
                return self->dismiss(fail(errc::usage, "the request is longer than " +
                                                           std::to_string(max_line) + " bytes"));
            self->close();
        });
}

void session::on_line(std::size_t size) {
    auto const line = received_.substr(0, size - 1);
    received_.erase(0, size);
    json::parse_options strict;
    strict.max_depth = 16;
    boost::system::error_code ec;
    auto parsed = json::parse(line, ec, {}, strict);
    is_asked_ = true;
    reply to(std::make_shared<reply::line_sink>(weak_from_this()));
    if (ec || !parsed.is_object())
        return to.error(fail(errc::usage, "the request is not a JSON object"));
    arm();
    (*on_request_)(std::move(parsed.as_object()), from_, std::move(to));
}

void session::queue(std::string line, bool is_final) {
    if (!socket_.is_open()) return;
    // Progress that nobody reads must not fill the memory; the answer itself is always taken.
    if (!is_final && unsent_bytes_ + line.size() > limits_.unsent) return close();
    unsent_bytes_ += line.size();
    unsent_.push_back(std::move(line));
    if (is_final) is_asked_ = false;
    if (!is_writing_) write();
}

void session::write() {
    is_writing_ = true;
    arm();
    asio::async_write(socket_, asio::buffer(unsent_.front()),
                      [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                          self->is_writing_ = false;
                          if (ec) return self->close();
                          self->unsent_bytes_ -= self->unsent_.front().size();
                          self->unsent_.pop_front();
                          if (!self->unsent_.empty()) return self->write();
                          if (self->closes_after_) return self->close();
                          self->arm();
                          self->read_next();
                      });
}

}  // namespace setclick::control
