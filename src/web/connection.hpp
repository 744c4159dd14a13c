// One client's connection: reads a request, has it answered, sends the answer, reads the next one.
//
// Promises: one request at a time, of at most `most_head` bytes; no more is read while its answer is made and sent, so that a
// client which only asks fills its own buffers; each stage has a time limit (`longest`). Never: reads a body.
//
// Threads: the web thread. Lives as long as an operation of its own is under way, or its owner keeps it.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "answer.hpp"
#include "request_head.hpp"
#include "seating.hpp"

namespace setclick::web {

class connection : public std::enable_shared_from_this<connection> {
public:
    using protocol = boost::asio::generic::stream_protocol;
    using socket =
        boost::asio::basic_stream_socket<protocol, boost::asio::io_context::executor_type>;

    class owner {
    public:
        virtual ~owner() = default;
        /// `on` is to `send` an answer, now or later.
        virtual void asked(connection& on, request_head const& what) = 0;
        /// What came was no request, and was answered with this status.
        virtual void misread(unsigned status) = 0;
    };

    connection(socket s, std::string client_name, bool is_by_socket, owner& to);

    void begin();
    /// The answer to what was asked; without effect when the connection is closed meanwhile.
    void send(answer a);
    /// The owner is not called any more.
    void close();
    /// Closes it where its stage has lasted too long; sends what was held back for long enough.
    void look(steady_time now);

    web::client client() const noexcept { return {client_, is_by_socket_}; }
    seat as_seat() const noexcept { return {client_, stage_, since_}; }
    bool is_closed() const noexcept { return stage_ == connection_stage::closed; }

    static constexpr std::uint32_t most_head = 8192;

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

    void enter(connection_stage stage);
    void wait_for_next();
    void read();
    void read_more();
    void parse();
    void refuse(boost::system::error_code ec);
    void on_request();
    void write(answer a);
    void on_sent(boost::system::error_code ec);
    void leave();
    void discard();

    socket socket_;
    std::string client_;
    bool is_by_socket_;
    owner* owner_;
    connection_stage stage_ = connection_stage::receiving;
    steady_time since_;
    boost::beast::flat_buffer received_;
    std::optional<parser> parser_;
    std::size_t parsed_ = 0;  // bytes of this head
    sending how_;
    bool is_head_ = false;  // HEAD: the answer's body is left out
    std::string head_;      // of the answer that is being sent
    std::shared_ptr<std::string const> body_;
    answer held_;
};

}  // namespace setclick::web
