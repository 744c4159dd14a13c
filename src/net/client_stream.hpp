// The TLS stream of one connection: how it is opened, and whether bytes left over it.
//
// Promises: `then` of `open` is called once, however it ended; whether anything of a request left is
// known from the socket's own count, not from what a write reported. Never: reads or writes itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "open.hpp"

namespace setclick::net {

class client_stream {
public:
    client_stream(boost::asio::io_context& context, std::shared_ptr<tls_client> tls);

    /// Begins to open; `then` is called when that has ended. This must live until then.
    void open(open_settings const& settings, std::function<void()> then);
    /// Ends the opening soon, as a failure.
    void give_up();
    /// The opening has ended.
    bool has_opened() const noexcept { return end_.has_value(); }
    /// Why it could not be opened; nothing where it could. After its end only.
    std::optional<open_failure> const& failure() const noexcept { return *end_; }
    /// Its handshake took up a session of an earlier connection. After an opening that went well.
    bool is_resumed() const;

    /// A request begins: what leaves from now on is its own.
    void begin_request() noexcept { mark_ = stream_.next_layer().written(); }
    /// Nothing has left since then.
    bool has_sent_nothing() const noexcept { return stream_.next_layer().written() == mark_; }
    /// Bytes have come that nobody has read: after an answer these are nobody's.
    bool has_unread() const;

    void close();
    /// The close resets the connection: what was written and not delivered never will be.
    void reset_at_close();
    tls_stream& io() noexcept { return stream_; }

private:
    std::shared_ptr<tls_client> tls_;  // its context must outlive the stream
    tls_stream stream_;
    opening opening_;
    std::optional<std::optional<open_failure>> end_;  // how opening ended, once it has
    std::uint64_t mark_ = 0;  // the socket's byte count before the present request
};

}  // namespace setclick::net
