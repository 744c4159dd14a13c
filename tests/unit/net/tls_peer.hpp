// A TLS server on the test's own io_context that stops where a test wants it to.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/tls1.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/certificate.hpp"
#include "support/temp_dir.hpp"

namespace setclick::net {

class tls_peer {
    using tcp = boost::asio::ip::tcp;
    struct client {
        client(tcp::socket s, boost::asio::ssl::context& tls) : stream(std::move(s), tls) {}
        boost::asio::ssl::stream<tcp::socket> stream;
        std::array<char, 16384> buffer{};
    };

public:
    enum class conduct {
        never_shakes_hands,
        never_reads,    ///< after the handshake
        never_answers,  ///< but reads
        answers,        ///< `answer`, whenever something was read
    };

    tls_peer(boost::asio::io_context& context, conduct how,
             std::string const& address = "127.0.0.1", unsigned short port = 0)
        : how_(how),
          listener_(context, tcp::endpoint(boost::asio::ip::make_address(address), port)),
          tls_(boost::asio::ssl::context::tls_server) {
        auto const made = *sandbox::ensure_certificate(dir_.path(), {});
        ca_ = made.ca;
        tls_.use_certificate_chain_file(made.certificate);
        tls_.use_private_key_file(made.key, boost::asio::ssl::context::pem);
        accept();
    }

    std::string port() const { return std::to_string(port_number()); }
    unsigned short port_number() const { return listener_.local_endpoint().port(); }
    std::string const& ca() const { return ca_; }
    /// Of the certificates and keys: ca.pem, ca.key, server.pem.
    std::string dir() const { return dir_.path(); }

    /// To the connection that was accepted last.
    void send(std::string text) { send(clients.back(), std::move(text)); }
    static void send(std::shared_ptr<client> const& c, std::string text) {
        auto const kept = std::make_shared<std::string>(std::move(text));
        boost::asio::async_write(c->stream, boost::asio::buffer(*kept), [kept, c](auto, auto) {});
    }
    void close_last() { clients.back()->stream.lowest_layer().close(); }
    /// Each hello that carries a session is answered with a reset.
    void reset_resumption() { SSL_CTX_set_client_hello_cb(tls_.native_handle(), &on_hello, this); }

    int accepted = 0;
    int shaken = 0;  ///< handshakes
    int resets = 0;
    int closed = 0;  ///< connections of which the other side is gone
    std::size_t received = 0;
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    std::vector<std::shared_ptr<client>> clients;

private:
    static int on_hello(SSL* ssl, int*, void* self) {
        unsigned char const* data = nullptr;
        std::size_t size = 0;
        if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &data, &size) != 1)
            return SSL_CLIENT_HELLO_SUCCESS;
        auto& peer = *static_cast<tls_peer*>(self);
        ++peer.resets;
        for (auto const& c : peer.clients) {
            if (c->stream.native_handle() != ssl) continue;
            auto& socket = c->stream.next_layer();
            socket.set_option(boost::asio::socket_base::linger(true, 0));
            socket.close();
        }
        return SSL_CLIENT_HELLO_ERROR;
    }
    void accept() {
        listener_.async_accept([this](boost::system::error_code ec, tcp::socket s) {
            if (ec) return;
            ++accepted;
            auto const c = std::make_shared<client>(std::move(s), tls_);
            clients.push_back(c);
            if (how_ != conduct::never_shakes_hands)
                c->stream.async_handshake(boost::asio::ssl::stream_base::server,
                                          [this, c](boost::system::error_code failed) {
                                              if (failed) return void(++closed);
                                              ++shaken;
                                              if (how_ != conduct::never_reads) read(c);
                                          });
            accept();
        });
    }
    void read(std::shared_ptr<client> const& c) {
        c->stream.async_read_some(boost::asio::buffer(c->buffer),
                                  [this, c](boost::system::error_code ec, std::size_t n) {
                                      if (ec) return void(++closed);
                                      received += n;
                                      if (how_ == conduct::answers) send(c, answer);
                                      read(c);
                                  });
    }

    conduct how_;
    test::temp_dir dir_;
    std::string ca_;
    tcp::acceptor listener_;
    boost::asio::ssl::context tls_;
};

}  // namespace setclick::net
