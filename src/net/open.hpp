// Opens one connection: resolve, connect (addresses tried as Happy Eyeballs does, RFC 8305), the
// proxy's CONNECT, TLS.
//
// Nothing of any request leaves during this: every failure here is safe, and belongs to the
// endpoint, not to an event.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <utility>

#include "counted_socket.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/tls.hpp"

namespace setclick::net {

using tls_stream = boost::asio::ssl::stream<counted_socket>;

class dial;

/// An `open` under way, for whoever may have to give it up before its deadlines.
class opening {
public:
    /// Nothing more is begun; a resolver that hangs is left behind. What the stream's socket is
    /// doing ends when the caller closes that.
    void give_up();
    bool is_given_up() const noexcept { return given_up_; }
    /// For `open`: it waits for this one now.
    void waits_for(std::shared_ptr<dial> d) { dial_ = std::move(d); }

private:
    std::shared_ptr<dial> dial_;
    bool given_up_ = false;
};

/// Empty on success; the stream is then ready for requests. What is passed by reference must
/// outlive it. `watched`: ends soon once that was given up.
boost::asio::awaitable<std::optional<open_failure>, boost::asio::io_context::executor_type> open(
    tls_stream& stream, tls_client& tls, open_settings settings, opening* watched = nullptr);

}  // namespace setclick::net
