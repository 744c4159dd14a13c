#include "client_stream.hpp"

#include <openssl/ssl.h>

#include <boost/asio/co_spawn.hpp>
#include <utility>

namespace setclick::net {
namespace asio = boost::asio;

client_stream::client_stream(asio::io_context& context, std::shared_ptr<tls_client> tls)
    : tls_(std::move(tls)), stream_(counted_socket(context), tls_->context()) {}

void client_stream::open(open_settings const& settings, std::function<void()> then) {
    asio::co_spawn(
        stream_.get_executor(), net::open(stream_, *tls_, settings, &opening_),
        [this, then = std::move(then)](std::exception_ptr e, std::optional<open_failure> failure) {
            if (e)
                failure =
                    open_failure{api::transport_failure::cancelled, "internal error while opening"};
            end_ = std::move(failure);
            then();
        });
}

void client_stream::give_up() {
    opening_.give_up();
    close();
}

bool client_stream::is_resumed() const {
    return SSL_session_reused(const_cast<tls_stream&>(stream_).native_handle()) == 1;
}

bool client_stream::has_unread() const {
    auto* const ssl = const_cast<tls_stream&>(stream_).native_handle();
    return SSL_has_pending(ssl) != 0 || BIO_ctrl_pending(SSL_get_rbio(ssl)) != 0;
}

void client_stream::reset_at_close() {
    boost::system::error_code ignored;
    stream_.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
}

void client_stream::close() {
    // No close_notify: every answer says itself where it ends, and a closing server must not delay us.
    boost::system::error_code ignored;
    stream_.lowest_layer().close(ignored);
}

}  // namespace setclick::net
